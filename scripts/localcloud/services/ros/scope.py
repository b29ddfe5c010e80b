"""What the names in a stack's template mean: parameters, and resources that have been made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scripts.localcloud.services.ros.models import StackResource, Wanted
from scripts.localcloud.templates.dependencies import dependencies, in_order
from scripts.localcloud.templates.document import parse_template
from scripts.localcloud.templates.exceptions import wrong_attribute, wrong_reference
from scripts.localcloud.templates.expressions import ABSENT, Expressions
from scripts.localcloud.templates.parameters import parameter_values
from scripts.localcloud.templates.resolution import Account


class Blueprint:
    """A template with values for its parameters: what is wanted, in which order."""

    def __init__(self, wanted: Wanted, account: Account) -> None:
        """Parse and check.

        Raises:
            TemplateError: the template or a value cannot be used.
        """
        self.document = parse_template(wanted.template)
        self.declared: Mapping[str, Any] = self.document.get("Parameters") or {}
        self.values = parameter_values(self.declared, wanted.parameters)
        self.names: dict[str, Any] = {**account.pseudo_parameters(), **self.values}
        self._everything: Mapping[str, Any] = self.document["Resources"]
        conditions = Expressions(self.document, _Made(self, {}))
        self.resources = {
            name: declared
            for name, declared in self._everything.items()
            if "Condition" not in declared or conditions.holds(declared["Condition"], name)
        }
        self.needs = {
            name: sorted(needed & set(self.resources))
            for name, needed in dependencies(self._everything).items()
        }
        self.order = [name for name in in_order(self._everything) if name in self.resources]

    def properties(self, name: str, made: Mapping[str, StackResource]) -> dict[str, Any]:
        """A resource's properties, given those that are made.

        Raises:
            TemplateError: something refers to what is not there.
        """
        expressions = Expressions(self.document, _Made(self, made))
        found = expressions.value(self.resources[name].get("Properties") or {}, name)
        return dict(found)

    def outputs(self, made: Mapping[str, StackResource]) -> list[dict[str, Any]]:
        """The outputs whose conditions hold.

        Raises:
            TemplateError: one refers to what is not there.
        """
        expressions = Expressions(self.document, _Made(self, made))
        found = []
        for name, declared in (self.document.get("Outputs") or {}).items():
            place = f"Outputs.{name}"
            condition = declared.get("Condition")
            if condition is None or expressions.holds(condition, place):
                value = expressions.value(declared.get("Value"), place)
                description = declared.get("Description") or "No description given"
                entry = {"OutputKey": name, "Description": description}
                found.append({**entry, "OutputValue": None if value is ABSENT else value})
        return found

    def retains(self, name: str) -> bool:
        """Whether a resource outlives the stack."""
        return str(self.resources[name].get("DeletionPolicy", "Delete")) == "Retain"


class _Made:
    """Names of resources mean those that are made."""

    def __init__(self, blueprint: Blueprint, made: Mapping[str, StackResource]) -> None:
        self._blueprint = blueprint
        self._made = made

    def reference(self, name: str, place: str) -> Any:
        if name in self._blueprint.names:
            return self._blueprint.names[name]
        if name not in self._made:
            raise wrong_reference(name, place)
        return self._made[name].identifier

    def attribute(self, resource: str, name: str, place: str) -> Any:
        if resource not in self._made:
            raise wrong_reference(resource, place)
        attributes = self._made[resource].attributes
        if name not in attributes:
            raise wrong_attribute(resource, name)
        return attributes[name]
