"""The recipes that a line of text asks for, as the options that the picture code takes.

The same line stands in a setting, in an upload's metadata and on the command line
(`shared.domain.recipes`). Values are read by the type of the option: numbers, `true`/`false`,
words; several stand with `+` between them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from shared.domain.recipes import RecipeRequest, RecipeTextError, parse_recipes
from shared.imaging.options.catalogue import OPTIONS
from shared.imaging.options.recipe_options import OptionError, RecipeOptions

_WORDS: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def read_recipes(
    text: str, known: Mapping[str, type[RecipeOptions]] = OPTIONS
) -> tuple[RecipeOptions, ...]:
    """The options of every recipe in *text*; *known* are the recipes that there are.

    Raises RecipeTextError: a recipe or option that does not exist, or a value that makes no sense;
    the text says which, and what can be written.
    """
    requests = parse_recipes(text)
    unknown = [request.name for request in requests if request.name not in known]
    if unknown:
        raise RecipeTextError(f"{unknown[0]!r} is no recipe; choose from {', '.join(known)}")
    return tuple(_options(request, known[request.name]) for request in requests)


def _options(request: RecipeRequest, kind: type[RecipeOptions]) -> RecipeOptions:
    try:
        hints = get_type_hints(kind)
        names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # each is a dataclass
        values = {name: _value(request, names, hints, name, text) for name, text in request.options}
        return kind(**values)
    except OptionError as error:
        problem = f"{error.recipe}: {error.option}: {error.what}; {error.remedy.rstrip('.')}"
        raise RecipeTextError(problem) from error


def _value(
    request: RecipeRequest, names: Sequence[str], hints: dict[str, Any], name: str, text: str
) -> Any:
    if name not in names:
        choice = f"its options are {', '.join(names)}" if names else "it has no options"
        raise RecipeTextError(f"{request.name}: {name!r} is no option; {choice}")
    try:
        return _as(hints[name], text)
    except ValueError as error:
        problem = f"{request.name}: {name} is {text!r}, but must be {_wanted(hints[name])}"
        raise RecipeTextError(problem) from error


def _as(kind: Any, text: str) -> Any:
    """*text* as a value of the type *kind*. Raises ValueError."""
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        return _as_one_of(get_args(kind), text)
    if origin is tuple:
        item = get_args(kind)[0]
        return tuple(_as(item, part.strip()) for part in text.split("+"))
    return _READERS.get(kind, _text)(text)


def _as_one_of(kinds: Sequence[Any], text: str) -> Any:
    """The narrowest that fits: text is what everything is, so it comes last."""
    for kind in sorted(kinds, key=lambda kind: kind is str):
        with suppress(ValueError):
            return _as(kind, text)
    raise ValueError(text)


def _text(text: str) -> str:
    return text


def _switch(text: str) -> bool:
    value = _WORDS.get(text.lower())
    if value is None:
        raise ValueError(text)
    return value


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _nothing(text: str) -> None:
    if text.lower() not in {"", "none"}:
        raise ValueError(text)


_READERS: Final[dict[Any, Callable[[str], Any]]] = {
    bool: _switch,
    int: int,
    float: _number,
    type(None): _nothing,
}

_WANTED: Final = {bool: "true or false", int: "a whole number", float: "a number"}


def _wanted(kind: Any) -> str:
    """What a value of the type must be, in words."""
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        words = [_wanted(part) for part in get_args(kind) if part is not type(None)]
        return " or ".join(dict.fromkeys(words))
    if origin is tuple:
        return f"{_wanted(get_args(kind)[0])}, or several with + between them"
    return _WANTED.get(kind, "text")
