"""Reads a ROS template (2015-09-01): parameters, conditions and intrinsic functions resolved.

What is understood: `Ref` to parameters, resources and pseudo parameters, `Fn::GetAtt`, `Fn::Sub`,
`Fn::If`, `Fn::Equals`, `Fn::Not`, `ALIYUN::NoValue`. Anything else is refused by name rather than
passed on unresolved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

VERSION: Final = "2015-09-01"
_PLACEHOLDER: Final = re.compile(r"\$\{([^}]*)\}")
_ABSENT: Final = object()


class TemplateError(ValueError):
    """The template, or a value given for it, cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource with its properties resolved."""

    name: str
    type: str
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the pseudo parameters `ALIYUN::Region`, `TenantId` and `StackName` stand for."""

    region: str
    account_id: str
    stack_name: str = "maskline"


def load_template(path: Path) -> dict[str, Any]:
    """Parse the file.

    Raises:
        TemplateError: it is missing, no YAML, or not a ROS template of the known version.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TemplateError(f"cannot read {path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise TemplateError(f"{path} is not YAML: {error}") from error
    if not isinstance(document, dict) or str(document.get("ROSTemplateFormatVersion")) != VERSION:
        raise TemplateError(f"{path} is not a ROS template: ROSTemplateFormatVersion {VERSION}")
    if not isinstance(document.get("Resources"), dict):
        raise TemplateError(f"{path} has no Resources")
    return document


def resolve_template(
    document: Mapping[str, Any], parameters: Mapping[str, Any], account: Account
) -> dict[str, Resource]:
    """The template's resources, by logical name, with nothing left to compute.

    Raises:
        TemplateError: a parameter is missing, unknown or not allowed, or a reference leads nowhere.
    """
    values = _parameter_values(document.get("Parameters") or {}, parameters)
    resolver = _Resolver(document=document, values=values, account=account)
    return {name: resolver.resource(name) for name in document["Resources"]}


def _parameter_values(declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(given) - set(declared)):
        raise TemplateError(f"the template has no parameter {unknown[0]!r}")
    values = {}
    for name, declaration in declared.items():
        value = given.get(name, declaration.get("Default", _ABSENT))
        if value is _ABSENT:
            raise TemplateError(f"parameter {name!r} needs a value")
        _check_allowed(name, value, declaration)
        values[name] = value
    return values


def _check_allowed(name: str, value: Any, declaration: Mapping[str, Any]) -> None:
    shown = "the value" if declaration.get("NoEcho") else repr(value)
    allowed = declaration.get("AllowedValues")
    if allowed is not None and value not in allowed:
        raise TemplateError(f"parameter {name!r}: {shown} is not one of {allowed}")
    pattern = declaration.get("AllowedPattern")
    if pattern is not None and re.fullmatch(pattern, str(value)) is None:
        raise TemplateError(f"parameter {name!r}: {shown} does not match {pattern}")


@dataclass(slots=True, kw_only=True)
class _Resolver:
    """Works out one template; `path` of the methods is where in it they are, for errors."""

    document: Mapping[str, Any]
    values: Mapping[str, Any]
    account: Account
    _done: dict[str, Resource] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def resource(self, name: str) -> Resource:
        if name in self._done:
            return self._done[name]
        if name in self._open:
            raise TemplateError(
                "resources refer to each other: " + " -> ".join([*self._open, name])
            )
        declared = self.document["Resources"].get(name)
        if not isinstance(declared, dict) or "Type" not in declared:
            raise TemplateError(f"there is no resource {name!r}, or it has no Type")
        self._open.append(name)
        properties = self.value(declared.get("Properties") or {}, name)
        self._open.pop()
        self._done[name] = Resource(name=name, type=declared["Type"], properties=properties)
        return self._done[name]

    def value(self, node: Any, path: str) -> Any:
        if isinstance(node, list):
            items = [self.value(item, f"{path}[{at}]") for at, item in enumerate(node)]
            return [item for item in items if item is not _ABSENT]
        if not isinstance(node, dict):
            return node
        function = next(iter(node), "")
        if len(node) == 1 and (function == "Ref" or str(function).startswith("Fn::")):
            return self._call(str(function), node[function], path)
        pairs = {key: self.value(item, f"{path}.{key}") for key, item in node.items()}
        return {key: item for key, item in pairs.items() if item is not _ABSENT}

    def _call(self, function: str, argument: Any, path: str) -> Any:
        known: dict[str, Callable[[Any, str], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._attribute,
            "Fn::Sub": self._substitute,
            "Fn::If": self._choose,
            "Fn::Equals": self._equal,
            "Fn::Not": self._negate,
        }
        if function not in known:
            raise TemplateError(
                f"{path}: {function} is not supported; known are {', '.join(known)}"
            )
        return known[function](argument, path)

    def _ref(self, name: Any, path: str) -> Any:
        if name in self.values:
            return self.values[name]
        pseudo = {
            "ALIYUN::Region": self.account.region,
            "ALIYUN::TenantId": self.account.account_id,
            "ALIYUN::AccountId": self.account.account_id,
            "ALIYUN::StackName": self.account.stack_name,
            "ALIYUN::NoValue": _ABSENT,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.document["Resources"]:
            return _identifier(self.resource(name))
        raise TemplateError(f"{path}: Ref to {name!r}, which is no parameter and no resource")

    def _attribute(self, argument: Any, path: str) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if not isinstance(parts, list) or len(parts) != 2:  # noqa: PLR2004 - resource and attribute
            raise TemplateError(f"{path}: Fn::GetAtt takes a resource and an attribute")
        if parts[0] not in self.document["Resources"]:
            raise TemplateError(f"{path}: Fn::GetAtt of {parts[0]!r}, which is no resource")
        resource, attribute = self.resource(parts[0]), parts[1]
        if resource.type == "ALIYUN::RAM::Role" and attribute == "Arn":
            role = str(resource.properties["RoleName"]).lower()
            return f"acs:ram::{self.account.account_id}:role/{role}"
        if attribute in resource.properties:
            return resource.properties[attribute]
        raise TemplateError(f"{path}: {resource.type} {resource.name} has no attribute {attribute}")

    def _substitute(self, argument: Any, path: str) -> str:
        text, extra = argument if isinstance(argument, list) else (argument, {})
        if not isinstance(text, str):
            raise TemplateError(f"{path}: Fn::Sub takes a text")
        local = self.value(extra, path)

        def replaced(found: re.Match[str]) -> str:
            name = found.group(1)
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in local:
                return str(local[name])
            return str(self._attribute(name, path) if "." in name else self._ref(name, path))

        return _PLACEHOLDER.sub(replaced, text)

    def _choose(self, argument: Any, path: str) -> Any:
        if not isinstance(argument, list) or len(argument) != 3:  # noqa: PLR2004 - name, then, else
            raise TemplateError(f"{path}: Fn::If takes a condition and two values")
        condition, chosen, otherwise = argument
        return self.value(chosen if self._holds(condition, path) else otherwise, path)

    def _holds(self, condition: Any, path: str) -> bool:
        if isinstance(condition, str):
            conditions = self.document.get("Conditions") or {}
            if condition not in conditions:
                raise TemplateError(f"{path}: there is no condition {condition!r}")
            return self._holds(conditions[condition], f"Conditions.{condition}")
        return bool(self.value(condition, path))

    def _equal(self, argument: Any, path: str) -> bool:
        left, right = (self.value(side, path) for side in argument)
        return bool(left == right)

    def _negate(self, argument: Any, path: str) -> bool:
        return not self._holds(argument[0] if isinstance(argument, list) else argument, path)


def _identifier(resource: Resource) -> str:
    """What `Ref` to a resource means: the name that its type is known by, else the logical one."""
    kind = resource.type.rpartition("::")[2]
    return str(resource.properties.get(f"{kind}Name", resource.name))
