"""Which people a recipe is about: by a word, or by their ids."""

from __future__ import annotations

from typing import Final

from shared.imaging.options.recipe_options import RecipeOptions

ALL: Final = "all"
LARGEST: Final = "largest"
NOT_LARGEST: Final = "not-largest"
WORDS: Final = (ALL, LARGEST, NOT_LARGEST)
_LARGEST_ID: Final = 255

Choice = str | tuple[int, ...]
"""`all`, `largest` (whoever covers most of the picture), `not-largest`, or ids such as (1, 3)."""


def check_choice(options: RecipeOptions, option: str) -> None:
    """Raise OptionError unless *option* is a Choice."""
    value = getattr(options, option)
    if isinstance(value, str) and value in WORDS:
        return
    if isinstance(value, tuple) and value and all(_is_id(one) for one in value):
        return
    remedy = f"Give {', '.join(WORDS)}, or ids of 1 to {_LARGEST_ID}."
    raise options.refuse(option, f"{value!r} chooses nobody", remedy)


def _is_id(value: object) -> bool:
    return type(value) is int and 1 <= value <= _LARGEST_ID
