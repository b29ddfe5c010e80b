"""Works out the values of a template: references, attributes, conditions and functions.

Anything that is not understood is refused by name rather than passed on. `place` is where in the
template a value stands, for errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from scripts.localcloud.templates.exceptions import TemplateError, wrong_reference
from scripts.localcloud.templates.functions import PLAIN

ABSENT: Final = object()
"""`ALIYUN::NoValue`: leaves the list or mapping that holds it."""
_PLACEHOLDER: Final = re.compile(r"\$\{([^}]*)\}")
BRANCHES: Final = 3
PAIR: Final = 2


class Scope(Protocol):
    """What names mean."""

    def reference(self, name: str, place: str) -> Any:
        """The value of `Ref`; TemplateError where there is none."""

    def attribute(self, resource: str, name: str, place: str) -> Any:
        """The value of `Fn::GetAtt`; TemplateError where there is none."""


class Expressions:
    """The values of one template in one scope."""

    def __init__(self, document: Mapping[str, Any], scope: Scope) -> None:
        self._conditions = document.get("Conditions") or {}
        self._mappings = document.get("Mappings") or {}
        self._scope = scope
        self._open: list[str] = []
        self._known: dict[str, Callable[[Any, str], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._attribute,
            "Fn::Sub": self._substitute,
            "Fn::If": self._choose,
            "Fn::Not": self._negate,
            "Fn::And": lambda argument, place: all(self._each(argument, place)),
            "Fn::Or": lambda argument, place: any(self._each(argument, place)),
            "Fn::FindInMap": self._find,
            **{name: self._plain(name) for name in PLAIN},
        }

    def value(self, node: Any, place: str) -> Any:
        """What a node of the template amounts to; `ABSENT` for no value.

        Raises:
            TemplateError: it cannot be worked out.
        """
        if isinstance(node, list):
            items = [self.value(item, f"{place}[{at}]") for at, item in enumerate(node)]
            return [item for item in items if item is not ABSENT]
        if not isinstance(node, dict):
            return node
        function = call_of(node)
        if function:
            return self._call(function, node[function], place)
        pairs = {key: self.value(item, f"{place}.{key}") for key, item in node.items()}
        return {key: item for key, item in pairs.items() if item is not ABSENT}

    def holds(self, condition: Any, place: str) -> bool:
        """Whether a condition, by its name or as an expression, is true.

        Raises:
            TemplateError: there is no such condition.
        """
        if isinstance(condition, dict) and set(condition) == {"Condition"}:
            condition = condition["Condition"]
        if not isinstance(condition, str):
            return self.value(condition, place) is True
        if condition not in self._conditions or condition in self._open:
            raise TemplateError(f"{place}: there is no condition {condition!r}")
        self._open.append(condition)
        try:
            return self.holds(self._conditions[condition], f"Conditions.{condition}")
        finally:
            self._open.pop()

    def _call(self, function: str, argument: Any, place: str) -> Any:
        if function not in self._known:
            text = f"{place}: {function} is not supported; known are {', '.join(self._known)}"
            raise TemplateError(text)
        return self._known[function](argument, place)

    def _plain(self, name: str) -> Callable[[Any, str], Any]:
        def call(argument: Any, place: str) -> Any:
            return PLAIN[name](self.value(argument, place), place)

        return call

    def _ref(self, name: Any, place: str) -> Any:
        if not isinstance(name, str):
            raise wrong_reference(name, place)
        return ABSENT if name == "ALIYUN::NoValue" else self._scope.reference(name, place)

    def _attribute(self, argument: Any, place: str) -> Any:
        resource, name = attribute_parts(argument, place)
        return self._scope.attribute(resource, name, place)

    def _substitute(self, argument: Any, place: str) -> str:
        text, extra = argument if _is_pair(argument) else (argument, {})
        if not isinstance(text, str):
            raise TemplateError(f"{place}: Fn::Sub takes a text")
        local = self.value(extra, place)

        def replaced(found: re.Match[str]) -> str:
            name = found.group(1)
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in local:
                return str(local[name])
            return str(self._attribute(name, place) if "." in name else self._ref(name, place))

        return _PLACEHOLDER.sub(replaced, text)

    def _choose(self, argument: Any, place: str) -> Any:
        if not isinstance(argument, list) or len(argument) != BRANCHES:
            raise TemplateError(f"{place}: Fn::If takes a condition and two values")
        condition, chosen, otherwise = argument
        return self.value(chosen if self.holds(condition, place) else otherwise, place)

    def _negate(self, argument: Any, place: str) -> bool:
        return not self.holds(argument[0] if isinstance(argument, list) else argument, place)

    def _each(self, argument: Any, place: str) -> list[bool]:
        if not isinstance(argument, list):
            raise TemplateError(f"{place}: Fn::And and Fn::Or take a list of conditions")
        return [self.holds(condition, place) for condition in argument]

    def _find(self, argument: Any, place: str) -> Any:
        found: Any = self._mappings
        for key in self.value(argument, place) if isinstance(argument, list) else [argument]:
            if not isinstance(found, Mapping) or key not in found:
                raise TemplateError(f"{place}: Fn::FindInMap finds no {key!r}")
            found = found[key]
        return found


def call_of(node: Mapping[Any, Any]) -> str:
    """The function that a node calls; empty where it is plain data."""
    name = next(iter(node), "")
    if len(node) == 1 and (name == "Ref" or str(name).startswith("Fn::")):
        return str(name)
    return ""


def placeholders(text: str) -> list[str]:
    """The names in `${...}` of a text for `Fn::Sub`."""
    return [name for name in _PLACEHOLDER.findall(text) if not name.startswith("!")]


def attribute_parts(argument: Any, place: str) -> tuple[str, str]:
    """Resource and attribute of `Fn::GetAtt`.

    Raises:
        TemplateError: it is neither `[resource, attribute]` nor `resource.attribute`.
    """
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not _is_pair(parts) or not all(isinstance(part, str) for part in parts):
        raise TemplateError(f"{place}: Fn::GetAtt takes a resource and an attribute")
    return parts[0], parts[1]


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == PAIR
