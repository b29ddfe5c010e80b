"""Functions of the template language that need nothing but their arguments."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from scripts.localcloud.templates.exceptions import TemplateError

Function = Callable[[Any, str], Any]


def _pair(argument: Any, place: str, takes: str) -> tuple[Any, Any]:
    if not isinstance(argument, list) or len(argument) != 2:  # noqa: PLR2004 - a pair
        raise TemplateError(f"{place}: {takes}")
    return argument[0], argument[1]


def _equals(argument: Any, place: str) -> bool:
    left, right = _pair(argument, place, "Fn::Equals takes two values")
    return bool(left == right)


def _join(argument: Any, place: str) -> str:
    separator, parts = _pair(argument, place, "Fn::Join takes a separator and a list")
    if not isinstance(parts, list):
        raise TemplateError(f"{place}: Fn::Join takes a separator and a list")
    return str(separator).join(str(part) for part in parts)


def _split(argument: Any, place: str) -> list[str]:
    separator, text = _pair(argument, place, "Fn::Split takes a separator and a text")
    return str(text).split(str(separator))


def _select(argument: Any, place: str) -> Any:
    which, values = _pair(argument, place, "Fn::Select takes an index or key, and a list or map")
    if isinstance(values, str):
        values = values.split(",")
    try:
        return values[str(which)] if isinstance(values, dict) else values[int(which)]
    except (LookupError, TypeError, ValueError):
        raise TemplateError(f"{place}: Fn::Select finds no {which!r}") from None


def _encode(argument: Any, place: str) -> str:
    if not isinstance(argument, str):
        raise TemplateError(f"{place}: Fn::Base64Encode takes a text")
    return base64.b64encode(argument.encode()).decode()


PLAIN: Final[Mapping[str, Function]] = {
    "Fn::Equals": _equals,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::Base64Encode": _encode,
}
"""By name; arguments come worked out."""
