"""Which resources must be there before which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scripts.localcloud.templates.exceptions import circular, wrong_reference
from scripts.localcloud.templates.expressions import attribute_parts, call_of, placeholders


def dependencies(resources: Mapping[str, Any]) -> dict[str, set[str]]:
    """For each resource the others that it names, in references or by `DependsOn`.

    Raises:
        TemplateError: `DependsOn` names no resource.
    """
    return {name: _needed(name, declared, resources) for name, declared in resources.items()}


def in_order(resources: Mapping[str, Any]) -> list[str]:
    """Names such that each comes after what it needs, else in the template's order.

    Raises:
        TemplateError: some wait for each other.
    """
    needs = dependencies(resources)
    done: list[str] = []
    for name in resources:
        _visit(name, needs, done, [])
    return done


def _visit(name: str, needs: Mapping[str, set[str]], done: list[str], path: list[str]) -> None:
    if name in path:
        raise circular([*path[path.index(name) :], name])
    if name in done:
        return
    for needed in sorted(needs[name], key=list(needs).index):
        _visit(needed, needs, done, [*path, name])
    done.append(name)


def _needed(name: str, declared: Mapping[str, Any], resources: Mapping[str, Any]) -> set[str]:
    depends = declared.get("DependsOn") or []
    asked = [depends] if isinstance(depends, str) else depends
    for other in asked:
        if other not in resources:
            raise wrong_reference(other, f"{name}.DependsOn")
    found = {other for other in mentioned(declared.get("Properties")) if other in resources}
    return found | set(asked)


def mentioned(node: Any) -> Iterator[str]:
    """Every name that a part of a template refers to."""
    if isinstance(node, list):
        for item in node:
            yield from mentioned(item)
    if not isinstance(node, dict):
        return
    function = call_of(node)
    if function == "Ref":
        yield str(node[function])
    elif function == "Fn::GetAtt":
        yield attribute_parts(node[function], "Fn::GetAtt")[0]
    elif function == "Fn::Sub":
        yield from _substituted(node[function])
    for item in node.values():
        yield from mentioned(item)


def _substituted(argument: Any) -> Iterator[str]:
    """The names in what `Fn::Sub` takes: a text, or a list that begins with one."""
    text = next(iter(argument), "") if isinstance(argument, list) else argument
    yield from (name.partition(".")[0] for name in placeholders(str(text)))
