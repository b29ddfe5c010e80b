"""Values of a template's parameters: given or default, converted to their type, and checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from scripts.localcloud.templates.exceptions import (
    TemplateError,
    missing_parameter,
    refused,
    unknown_parameter,
)

MASK: Final = "******"
"""What is shown in the place of a `NoEcho` value."""


def parameter_values(declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """One value for each declared parameter.

    Raises:
        TemplateError: one is missing, unknown, of the wrong type, or not allowed.
    """
    if unknown := sorted(set(given) - set(declared)):
        raise unknown_parameter(unknown[0])
    return {name: _value(name, declared[name] or {}, given) for name in declared}


def check_declaration(name: str, declaration: Mapping[str, Any]) -> None:
    """Refuse rules for a parameter's value that could not be looked at.

    Raises:
        TemplateError: one of them is of another kind than it must be.
    """
    for rule, (fits, kind) in _RULES.items():
        given = declaration.get(rule)
        if given is not None and not fits(given):
            raise TemplateError(f"parameter {name!r}: {rule} must be {kind}")


def _is_pattern(given: Any) -> bool:
    try:
        re.compile(given)
    except (re.error, TypeError):
        return False
    return isinstance(given, str)


def _is_bound(given: Any) -> bool:
    try:
        float(given)
    except (TypeError, ValueError):
        return False
    return True


_RULES: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "AllowedValues": (lambda given: isinstance(given, list), "a list"),
    "AllowedPattern": (_is_pattern, "a pattern"),
    **{
        f"{side}{what}": (_is_bound, "a number")
        for side in ("Min", "Max")
        for what in ("Length", "Value")
    },
}


def shown_values(declared: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """The values as texts, secrets masked."""
    return {
        name: MASK if is_secret(declared.get(name) or {}) else as_text(value)
        for name, value in values.items()
    }


def is_secret(declaration: Mapping[str, Any]) -> bool:
    """Whether a parameter's value is never to be shown."""
    return str(declaration.get("NoEcho", False)).lower() == "true"


def as_text(value: Any) -> str:
    """A value as the API writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def in_english(given: Any) -> str:
    """A text for people, which may be given once for each language."""
    if isinstance(given, dict):
        given = given.get("en") or next(iter(given.values()), "")
    return as_text(given)


def _value(name: str, declaration: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    if name in given:
        value = given[name]
    elif "Default" in declaration:
        value = declaration["Default"]
    else:
        raise missing_parameter(name)
    shown = "the value" if is_secret(declaration) else repr(value)
    convert = _CONVERTERS.get(str(declaration.get("Type", "String")))
    if convert is None:
        raise TemplateError(f"parameter {name!r}: there is no type {declaration.get('Type')!r}")
    try:
        value = convert(value)
    except ValueError:
        text = f"parameter {name!r}: {shown} is not a {declaration['Type']}"
        raise refused(text) from None
    _check(name, value, declaration, shown)
    return value


def _number(value: Any) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    text = str(value)
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() not in ("true", "false"):
        raise ValueError(value)
    return str(value).lower() == "true"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [part.strip() for part in str(value).split(",")]


def _json(value: Any) -> Any:
    return value if isinstance(value, (dict, list)) else json.loads(str(value))


_CONVERTERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "String": as_text,
    "Number": _number,
    "Boolean": _boolean,
    "CommaDelimitedList": _list,
    "Json": _json,
}


def _check(name: str, value: Any, declaration: Mapping[str, Any], shown: str) -> None:
    broken = _broken_rule(value, declaration)
    if broken:
        hint = in_english(declaration.get("ConstraintDescription"))
        more = f" ({hint})" if hint else ""
        raise refused(f"parameter {name!r}: {shown} {broken}{more}")


def _broken_rule(value: Any, declaration: Mapping[str, Any]) -> str:
    allowed = declaration.get("AllowedValues")
    if allowed is not None and as_text(value) not in map(as_text, allowed):
        return f"is not one of {allowed}"
    pattern = declaration.get("AllowedPattern")
    if pattern is not None and re.fullmatch(pattern, as_text(value)) is None:
        return f"does not match {pattern}"
    if isinstance(value, (str, list)):
        return _out_of_range(len(value), declaration, "Length", ("shorter", "longer"))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _out_of_range(value, declaration, "Value", ("less", "more"))
    return ""


def _out_of_range(
    value: float, declaration: Mapping[str, Any], what: str, words: tuple[str, str]
) -> str:
    lowest, highest = (declaration.get(f"{side}{what}") for side in ("Min", "Max"))
    if lowest is not None and value < float(lowest):
        return f"is {words[0]} than {lowest}"
    if highest is not None and value > float(highest):
        return f"is {words[1]} than {highest}"
    return ""
