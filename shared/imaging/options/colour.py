"""Colours as people write them."""

from __future__ import annotations

import re
from typing import Final

from shared.imaging.options.recipe_options import RecipeOptions

NAMES: Final = {
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "blue": (0x43, 0x8E, 0xDB),  # the blue of Chinese ID photos
    "red": (255, 0, 0),
    "green": (0, 177, 64),  # of the studio's green screen
}
_HEX: Final = re.compile(r"#?([0-9A-Fa-f]{6})")

Colour = tuple[int, int, int]
"""Red, green and blue, 0..255, in sRGB."""


def colour_named(text: str) -> Colour | None:
    """The colour of a name or of six hexadecimal digits, None where *text* is neither."""
    if text in NAMES:
        return NAMES[text]
    digits = _HEX.fullmatch(text)
    if digits is None:
        return None
    red, green, blue = bytes.fromhex(digits[1])
    return red, green, blue


def check_colour(options: RecipeOptions, option: str) -> None:
    """Raise OptionError unless *option* is a colour's name or hexadecimal digits."""
    value = getattr(options, option)
    if not isinstance(value, str) or colour_named(value) is None:
        remedy = f"Give {', '.join(NAMES)}, or six hexadecimal digits such as #438EDB."
        raise options.refuse(option, f"{value!r} is no colour", remedy)
