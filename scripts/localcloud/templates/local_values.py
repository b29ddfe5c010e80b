"""The section `Locals`: named values, put where `Ref` names them (vendor's page "Locals").

Of the types, Macro (the default) is put in as it stands, and Eval worked out before, which comes to
the same where everything is worked out in the end. Data sources ask other services, and are
refused. `${Name}` in a text does not mean a local value, as with the vendor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scripts.localcloud.templates.exceptions import TemplateError

VALUES: Final = ("Macro", "Eval")


def with_locals(document: Mapping[str, Any]) -> dict[str, Any]:
    """The template without the section, its values standing where they were named.

    Raises:
        TemplateError: a value is of another type, or refers to itself.
    """
    named = document.get("Locals") or {}
    sections = {name: part for name, part in document.items() if name != "Locals"}
    return {name: _put(part, named, ()) for name, part in sections.items()} if named else sections


def _put(node: Any, named: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_put(item, named, inside) for item in node]
    if not isinstance(node, dict):
        return node
    name = node.get("Ref") if len(node) == 1 else None
    if isinstance(name, str) and name in named:
        return _put(_value(name, named[name], inside), named, (*inside, name))
    return {key: _put(item, named, inside) for key, item in node.items()}


def _value(name: str, declared: Any, inside: tuple[str, ...]) -> Any:
    if name in inside:
        chain = " -> ".join([*inside[inside.index(name) :], name])
        raise TemplateError(f"Locals refer to each other: {chain}")
    kind = declared.get("Type", VALUES[0]) if isinstance(declared, dict) else ""
    if kind not in VALUES or "Value" not in declared:
        raise TemplateError(f"Locals.{name}: the local cloud has no {kind or 'such value'}")
    return declared["Value"]
