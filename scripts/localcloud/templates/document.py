"""Template texts parsed: YAML or JSON, with the short forms of functions (`!Ref`, `!Sub` ...)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from scripts.localcloud.templates.exceptions import TemplateError, wrong_section, wrong_version
from scripts.localcloud.templates.local_values import with_locals
from scripts.localcloud.templates.parameters import check_declaration

VERSION: Final = "2015-09-01"
SECTIONS: Final = frozenset(
    """
    ROSTemplateFormatVersion Description Metadata Parameters Mappings Conditions Rules Locals
    Resources Outputs Workspace Transform
    """.split()  # noqa: SIM905 - a table of words reads better than of quotes
)
"""Sections of a template (vendor's page "template structure")."""
UNSUPPORTED: Final = ("Transform", "Workspace", "Rules")
"""Of these, what the local cloud does not work out, and says so."""
MOST_NODES: Final = 200_000
"""Far more than a template has; aliases of aliases would make it grow without end."""


if TYPE_CHECKING:
    _Safe = yaml.SafeLoader
else:  # written in C, where PyYAML has it: it reads our own template four times as fast
    _Safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):
    """SafeLoader, and `!Ref X` for `{Ref: X}`; dates stay texts."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    raise TemplateError(f"!{suffix} has no value")


_Loader.add_multi_constructor("!", _short_form)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def load_template(path: Path) -> dict[str, Any]:
    """Parse a file.

    Raises:
        TemplateError: it is missing, no YAML, or not a ROS template of the known version.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateError(f"cannot read {path}: {error.strerror}") from error
    return parse_template(text, str(path))


@lru_cache(maxsize=4)
def parse_template(text: str, name: str = "the template") -> dict[str, Any]:
    """Parse a text; `name` is what messages call it. Local values stand where they are used.

    The document is kept, as a stack parses its own at every step: it is not to be changed.

    Raises:
        TemplateError: it is no YAML, or not a ROS template of the known version.
    """
    try:
        document = yaml.load(text, _Loader)  # noqa: S506 - derived from SafeLoader
    except (yaml.YAMLError, RecursionError) as error:
        raise TemplateError(f"{name} is not YAML: {error}") from error
    if not isinstance(document, dict) or str(document.get("ROSTemplateFormatVersion")) != VERSION:
        raise wrong_version(f"{name} is not a ROS template: ROSTemplateFormatVersion {VERSION}")
    if _size(document, {}) > MOST_NODES:
        raise TemplateError(f"{name} holds more than {MOST_NODES} values, aliases written out")
    _check_sections(document, name)
    return with_locals(document)


def _size(node: Any, known: dict[int, int]) -> int:
    """Values in a node, aliases counted wherever they stand; too many for one inside itself."""
    if not isinstance(node, (dict, list)):
        return 1
    if id(node) not in known:
        known[id(node)] = MOST_NODES + 1  # as long as it is being counted
        inside = node.values() if isinstance(node, dict) else node
        known[id(node)] = 1 + sum(_size(item, known) for item in inside)
    return known[id(node)]


def _check_sections(document: dict[str, Any], name: str) -> None:
    _check_names(document)
    for section in ("Parameters", "Outputs"):
        for declared, content in (document.get(section) or {}).items():
            _check_declared(section, declared, content)
    if not isinstance(document.get("Resources"), dict):
        raise TemplateError(f"{name} has no Resources")
    for logical, resource in document["Resources"].items():
        _check_resource(logical, resource)


def _check_names(document: dict[str, Any]) -> None:
    for section, content in document.items():
        if section not in SECTIONS:
            raise wrong_section(str(section))
        if section in UNSUPPORTED and content:
            raise TemplateError(f"the local cloud does not support the section {section}")
    for section in ("Parameters", "Mappings", "Conditions", "Locals", "Outputs"):
        if not isinstance(document.get(section) or {}, dict):
            raise wrong_section(section)


def _check_declared(section: str, name: str, content: Any) -> None:
    if content is None and section == "Parameters":
        return  # a text without rules
    if not isinstance(content, dict):
        raise TemplateError(f"{section}.{name} must be a mapping")
    if section == "Parameters":
        check_declaration(name, content)


def _check_resource(logical: str, resource: Any) -> None:
    if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
        raise TemplateError(f"resource {logical!r} has no Type")
    if not isinstance(resource.get("Properties") or {}, dict):
        raise TemplateError(f"resource {logical!r}: Properties must be a mapping")
    depends = resource.get("DependsOn") or []
    asked = depends if isinstance(depends, list) else [depends]
    if not all(isinstance(other, str) for other in asked):
        raise TemplateError(f"resource {logical!r}: DependsOn must name resources")
    if "Count" in resource:
        raise TemplateError(f"{logical}: the local cloud does not support Count")
