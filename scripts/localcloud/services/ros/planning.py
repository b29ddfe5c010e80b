"""What has to change for a stack to be as wanted, seen before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from scripts.localcloud.core.resources import ResourceType
from scripts.localcloud.services.ros.exceptions import RosError, validation_failed
from scripts.localcloud.services.ros.models import StackResource
from scripts.localcloud.services.ros.scope import Blueprint

Types = Mapping[str, ResourceType]
ADD, MODIFY, REMOVE, KEEP = "Add", "Modify", "Remove", "None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one resource. `properties` are those it will have, as far as known now."""

    action: str
    name: str
    type: str
    properties: dict[str, Any]
    identifier: str = ""
    replacement: bool = False
    needed_by: tuple[str, ...] = ()


def plan(blueprint: Blueprint, made: Mapping[str, StackResource], types: Types) -> list[Change]:
    """One change for each resource that is, or is to be.

    Raises:
        TemplateError: a reference leads nowhere.
        RosError: StackValidationFailed, for a type or a property that there is not.
    """
    there = {name: resource for name, resource in made.items() if resource.exists}
    properties = foreseen(blueprint, there, types)
    changes = [
        _change(name, blueprint, properties[name], there.get(name), types)
        for name in blueprint.order
    ]
    gone = [there[name] for name in there if name not in blueprint.resources]
    return changes + [
        Change(
            action=REMOVE,
            name=resource.name,
            type=resource.type,
            properties=resource.properties,
            identifier=resource.identifier,
        )
        for resource in gone
    ]


def foreseen(
    blueprint: Blueprint, made: Mapping[str, StackResource], types: Types
) -> dict[str, dict[str, Any]]:
    """Every resource's properties, with stand-ins for what only making will tell.

    Raises:
        TemplateError, RosError: as `plan`.
    """
    known = dict(made)
    properties: dict[str, dict[str, Any]] = {}
    for name in blueprint.order:
        kind = type_of(blueprint.resources[name]["Type"], types, name)
        properties[name] = blueprint.properties(name, known)
        check_properties(name, properties[name], kind)
        if name not in known or known[name].type != blueprint.resources[name]["Type"]:
            known[name] = _stand_in(name, blueprint, properties[name], kind)
    blueprint.outputs(known)
    return properties


def type_of(name: str, types: Types, place: str) -> ResourceType:
    """The resource type.

    Raises:
        RosError: the local cloud has none of this name.
    """
    if name not in types:
        raise validation_failed(f"{place}: the local cloud has no resource type {name}")
    return types[name]


def check_properties(name: str, properties: Mapping[str, Any], kind: ResourceType) -> None:
    """Refuse missing and unknown properties.

    Raises:
        RosError: StackValidationFailed.
    """
    if missing := sorted(kind.required - set(properties)):
        raise validation_failed(f"{name}: Property {missing[0]} not assigned.")
    if unknown := sorted(set(properties) - kind.required - kind.optional):
        text = f"{name}: Unknown Property {unknown[0]}, or the local cloud does not offer it."
        raise validation_failed(text)


def changed_properties(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Names of the properties that differ."""
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def must_replace(
    resource: StackResource, kind: str, after: Mapping[str, Any], types: Types
) -> bool:
    """Whether only a new resource can have these properties."""
    if resource.type != kind:
        return True
    return bool(changed_properties(resource.properties, after) & types[kind].fixed)


def check_replacements(changes: list[Change], *, allowed: bool) -> None:
    """Refuse an update that would make resources anew without being told that it may.

    Raises:
        RosError: StackValidationFailed.
    """
    for change in changes:
        if change.replacement and not allowed:
            raise _replacement_refused(change)


def _replacement_refused(change: Change) -> RosError:
    return validation_failed(
        f"{change.name}: the changed properties of {change.type} cannot be updated; it would have"
        " to be replaced, which ReplacementOption=Enabled allows"
    )


def _change(
    name: str,
    blueprint: Blueprint,
    properties: dict[str, Any],
    before: StackResource | None,
    types: Types,
) -> Change:
    kind = blueprint.resources[name]["Type"]
    needed_by = tuple(other for other in blueprint.order if name in blueprint.needs[other])
    change = Change(action=ADD, name=name, type=kind, properties=properties, needed_by=needed_by)
    if before is None:
        return change
    change = replace(change, identifier=before.identifier)
    if before.type == kind and not changed_properties(before.properties, properties):
        return replace(change, action=KEEP)
    anew = must_replace(before, kind, properties, types)
    return replace(change, action=MODIFY, replacement=anew)


def _stand_in(
    name: str, blueprint: Blueprint, properties: dict[str, Any], kind: ResourceType
) -> StackResource:
    attributes = {each: properties.get(each, f"${{{name}.{each}}}") for each in kind.attributes}
    return StackResource(
        stack="",
        name=name,
        type=blueprint.resources[name]["Type"],
        position=0,
        status="INIT_COMPLETE",
        created=0,
        updated=0,
        identifier=f"${{{name}}}",
        attributes=attributes,
    )
