"""One colour per person, the same in every picture and on every page."""

from __future__ import annotations

import colorsys
from typing import Final

_GOLDEN_RATIO: Final = 0.618033988749895
"""Steps of this share of the colour circle keep neighbours in number far apart in hue."""
_FIRST_HUE: Final = 0.58
_TONES: Final = ((0.85, 1.0), (0.85, 1.0), (0.55, 1.0), (0.9, 0.72))
"""Saturation and value in turns: hues alone do not tell a crowd apart. None reaches black."""

Colour = tuple[int, int, int]
"""Red, green and blue, 0..255."""


def colour_of(number: int) -> Colour:
    """The colour of person *number*, the same in every picture."""
    hue = (_FIRST_HUE + (number - 1) * _GOLDEN_RATIO) % 1
    red, green, blue = colorsys.hsv_to_rgb(hue, *_TONES[(number - 1) // 3 % len(_TONES)])
    return round(red * 255), round(green * 255), round(blue * 255)


def ink_on(colour: Colour) -> Colour:
    """Black or white, whichever is read better on *colour* (by its luma, ITU-R BT.601)."""
    luma = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
    return (0, 0, 0) if luma > 140 else (255, 255, 255)  # noqa: PLR2004 -- where the two meet
