"""Which pictures are wanted of a photograph: the one line that people write, and its meaning.

    people, bokeh:strength=0.6:sharp=largest, id-photo:size=one-inch

Recipes stand between commas, a recipe's options behind colons; a value's own comma, colon, percent
sign, or anything outside of ASCII is written as in a URL (`%2C`). The same line serves the
environment, an object's metadata and the command line. What an option may be is told by the recipe
itself (`shared.imaging.recipes`), not here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

LONGEST: Final = 2048
"""Characters of a line; OSS takes 8 KB of metadata in all (contracts/alibaba-cloud.md)."""

MOST: Final = 16
"""Recipes in a line."""

DEFAULT_RECIPES: Final = "people"

METADATA: Final = "maskline-recipes"
"""An upload asks for recipes of its own in its metadata `x-oss-meta-maskline-recipes`."""

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_OPTION: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")


class RecipeTextError(ValueError):
    """The line cannot be understood; its text says where, and what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeRequest:
    """One recipe as it was asked for; the options in the order in which they were written."""

    name: str
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """The request as it is written in a line."""
        parts = (f"{key}={quote(value, safe='+/. -#')}" for key, value in self.options)
        return ":".join((self.name, *parts))


def parse_recipes(text: str) -> tuple[RecipeRequest, ...]:
    """The recipes of a line. Raises RecipeTextError."""
    if len(text) > LONGEST:
        raise RecipeTextError(f"recipes take at most {LONGEST} characters, not {len(text)}")
    requests = tuple(_request(part.strip()) for part in text.split(",") if part.strip())
    if not requests:
        raise RecipeTextError("no recipe is named; write some, such as `people,bokeh`")
    if len(requests) > MOST:
        raise RecipeTextError(f"at most {MOST} recipes may be named, not {len(requests)}")
    names = [request.name for request in requests]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RecipeTextError(f"{', '.join(twice)} is named twice; name each recipe once")
    return requests


def _request(text: str) -> RecipeRequest:
    name, *parts = (part.strip() for part in text.split(":"))
    if not _NAME.fullmatch(name):
        raise RecipeTextError(f"{name!r} is no recipe's name; names are such as `id-photo`")
    options = tuple(_option(name, part) for part in parts)
    keys = [key for key, _ in options]
    if len(set(keys)) < len(keys):
        raise RecipeTextError(f"{name} has an option twice; write each option once")
    return RecipeRequest(name=name, options=options)


def _option(name: str, text: str) -> tuple[str, str]:
    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not _OPTION.fullmatch(key):
        raise RecipeTextError(f"{name}: {text!r} is no option; write `{name}:option=value`")
    return key.replace("-", "_"), unquote(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipePlan:
    """What a deployment makes of uploads: lines by prefix of the upload's key, and the rest's."""

    otherwise: str = DEFAULT_RECIPES
    by_prefix: tuple[tuple[str, str], ...] = ()

    def line_for(self, key: str) -> str:
        """The line for an upload; of several prefixes that fit, the longest tells."""
        fitting = [entry for entry in self.by_prefix if key.startswith(entry[0])]
        return max(fitting, key=lambda entry: len(entry[0]))[1] if fitting else self.otherwise

    def lines(self) -> Sequence[str]:
        """Every line, for a check of them all."""
        return (self.otherwise, *(line for _, line in self.by_prefix))


def parse_plan(text: str) -> RecipePlan:
    """The plan in a setting: lines between semicolons, `PREFIX/=LINE` for the keys under a prefix.

        people; uploads/staff/=id-photo:size=one-inch; uploads/press/=people,bokeh

    Raises RecipeTextError.
    """
    otherwise: str | None = None
    by_prefix: dict[str, str] = {}
    for entry in (part.strip() for part in text.split(";")):
        prefix, found, line = entry.partition("/=")
        if found:
            if f"{prefix}/" in by_prefix:
                raise RecipeTextError(f"the prefix {prefix}/ is there twice")
            by_prefix[f"{prefix}/"] = line.strip()
        elif entry and otherwise is not None:
            raise RecipeTextError(f"{entry!r} has no prefix, and one line without is there already")
        elif entry:
            otherwise = entry
    plan = RecipePlan(otherwise=otherwise or DEFAULT_RECIPES, by_prefix=tuple(by_prefix.items()))
    for line in plan.lines():
        parse_recipes(line)
    return plan
