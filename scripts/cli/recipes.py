"""The `--recipes` of a command, judged before anything is done."""

from __future__ import annotations

from scripts.cli.errors import CommandError
from shared.domain.recipes import RecipeTextError, parse_recipes
from shared.imaging.options.recipe_options import RecipeOptions
from shared.wire.recipes import read_recipes


def options_of(line: str) -> tuple[RecipeOptions, ...]:
    """The options of every recipe of the line. Raises CommandError."""
    try:
        return read_recipes(line)
    except RecipeTextError as error:
        raise CommandError(f"--recipes: {error}", "") from error


def canonical(line: str) -> tuple[str, ...]:
    """The recipes as manifests name them. Raises CommandError."""
    options_of(line)
    return tuple(str(request) for request in parse_recipes(line))
