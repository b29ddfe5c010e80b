"""A whole template worked out at once, making nothing: attributes follow from properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from scripts.localcloud.templates.exceptions import (
    TemplateError,
    circular,
    wrong_attribute,
    wrong_reference,
)
from scripts.localcloud.templates.expressions import Expressions
from scripts.localcloud.templates.parameters import parameter_values

_SPELLED: Final = {("ALIYUN::OSS::Bucket", "Name"): "BucketName"}
"""Attributes that are called otherwise than the property they tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource with its properties resolved."""

    name: str
    type: str
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the pseudo parameters stand for."""

    region: str
    account_id: str
    stack_name: str = "maskline"
    stack_id: str = ""

    def pseudo_parameters(self) -> dict[str, Any]:
        """Names and values, `ALIYUN::NoValue` apart."""
        return {
            "ALIYUN::Region": self.region,
            "ALIYUN::TenantId": self.account_id,
            "ALIYUN::AccountId": self.account_id,
            "ALIYUN::StackName": self.stack_name,
            "ALIYUN::StackId": self.stack_id,
        }


def resolve_template(
    document: Mapping[str, Any], parameters: Mapping[str, Any], account: Account
) -> dict[str, Resource]:
    """The template's resources, by logical name, with nothing left to compute.

    Resources whose condition does not hold are not among them.

    Raises:
        TemplateError: a parameter is missing, unknown or not allowed, or a reference leads nowhere.
    """
    values = parameter_values(document.get("Parameters") or {}, parameters)
    scope = _Foreseen(document, {**account.pseudo_parameters(), **values}, account)
    return {name: scope.resource(name) for name in document["Resources"] if scope.wanted(name)}


class _Foreseen:
    """Names mean what they will mean once everything is made."""

    def __init__(
        self, document: Mapping[str, Any], values: Mapping[str, Any], account: Account
    ) -> None:
        self._resources = document["Resources"]
        self._values = values
        self._account = account
        self._expressions = Expressions(document, self)
        self._done: dict[str, Resource] = {}
        self._open: list[str] = []

    def wanted(self, name: str) -> bool:
        declared = self._resources[name]
        if not isinstance(declared, dict) or "Type" not in declared:
            raise TemplateError(f"resource {name!r} has no Type")
        condition = declared.get("Condition")
        return condition is None or self._expressions.holds(condition, name)

    def resource(self, name: str) -> Resource:
        if name in self._done:
            return self._done[name]
        if name in self._open:
            raise circular([*self._open, name])
        declared = self._resources[name]
        self._open.append(name)
        properties = self._expressions.value(declared.get("Properties") or {}, name)
        self._open.pop()
        self._done[name] = Resource(name=name, type=declared["Type"], properties=properties)
        return self._done[name]

    def reference(self, name: str, place: str) -> Any:
        if name in self._values:
            return self._values[name]
        if name not in self._resources or not self.wanted(name):
            raise wrong_reference(name, place)
        return _identifier(self.resource(name))

    def attribute(self, resource: str, name: str, place: str) -> Any:
        if resource not in self._resources or not self.wanted(resource):
            raise wrong_reference(resource, place)
        found = self.resource(resource)
        if found.type == "ALIYUN::RAM::Role" and name == "Arn":
            role = str(found.properties["RoleName"]).lower()
            return f"acs:ram::{self._account.account_id}:role/{role}"
        name = _SPELLED.get((found.type, name), name)
        if name in found.properties:
            return found.properties[name]
        raise wrong_attribute(resource, name)


def _identifier(resource: Resource) -> str:
    """What `Ref` to a resource means: the name that its type is known by, else the logical one."""
    kind = resource.type.rpartition("::")[2]
    return str(resource.properties.get(f"{kind}Name", resource.name))
