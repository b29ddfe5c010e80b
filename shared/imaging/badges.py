"""Numbers on people, and the legend: what makes a drawing of a crowd readable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from shared.imaging.palette import Colour, colour_of, ink_on
from shared.imaging.scene import Person

Pixels = NDArray[np.uint8]

_PIXELS_PER_LETTER: Final = 26
_SMALLEST_LETTER: Final = 9
_SMALLEST_NUMBERED: Final = 8
"""Pixels of the box's shorter side below which only the legend tells of a person."""
_CELLS: Final = 48
"""The place of the number is looked for on so many cells of the person's longer side."""
_LEGEND_SHARE: Final = 0.3
"""Of either side of the picture, at most."""
_SMALLEST_LEGEND: Final = 160
"""Pixels of the shorter side; a smaller picture has no room for a legend."""
_WHITE: Final = (255, 255, 255)
_PANEL: Final = (24, 24, 24)
_PALE: Final = (235, 235, 235)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Badge:
    """Pixels (rows, columns, 3) that lie on a picture; the upper left one at (x, y)."""

    x: int
    y: int
    pixels: Pixels


def lay(bands: Iterable[Pixels], badges: Sequence[Badge]) -> Iterator[Pixels]:
    """*bands*, a picture's rows from the top, with *badges* laid on them, in place and in order."""
    first = 0
    for band in bands:
        for badge in badges:
            height, width = badge.pixels.shape[:2]
            upper, lower = max(badge.y, first), min(badge.y + height, first + len(band))
            if upper < lower:
                part = badge.pixels[upper - badge.y : lower - badge.y]
                band[upper - first : lower - first, badge.x : badge.x + width] = part
        yield band
        first += len(band)


def numbers(label_map: Pixels, people: Sequence[Person]) -> Iterator[Badge]:
    """Each person's number where the person is widest; the largest people first."""
    for person in sorted(people, key=lambda one: -one.area):
        if min(person.box[2:]) < _SMALLEST_NUMBERED:
            continue
        size = min(_letter(label_map), max(_SMALLEST_LETTER, min(person.box[2:]) // 2))
        pixels = _number(str(person.id), size, colour_of(person.id))
        x, y = _middle(label_map, person)
        yield from _within(label_map, pixels, x - pixels.shape[1] // 2, y - pixels.shape[0] // 2)


def _letter(label_map: Pixels) -> int:
    height, width = label_map.shape
    return max(_SMALLEST_LETTER, int(min(height, width)) // _PIXELS_PER_LETTER)


def _middle(label_map: Pixels, person: Person) -> tuple[int, int]:
    """The pixel of the person that is farthest from the outline, by eroding a coarse copy."""
    x, y, width, height = person.box
    step = max(1, -(-max(width, height) // _CELLS))
    left = np.pad(label_map[y : y + height : step, x : x + width : step] == person.id, 1)
    if not left.any():
        return round(person.centroid[0]), round(person.centroid[1])
    while True:
        inner = left.copy()
        inner[1:-1, 1:-1] &= left[:-2, 1:-1] & left[2:, 1:-1] & left[1:-1, :-2] & left[1:-1, 2:]
        if not inner.any():
            break
        left = inner
    rows, columns = np.nonzero(left)
    near = int((np.abs(rows - rows.mean()) + np.abs(columns - columns.mean())).argmin())
    return x + (int(columns[near]) - 1) * step, y + (int(rows[near]) - 1) * step


def _number(text: str, size: int, colour: Colour) -> Pixels:
    """*text* on the person's colour within a white frame."""
    font = ImageFont.load_default(size)
    left, upper, right, lower = font.getbbox(text)
    pad = max(2, size // 4)
    across = max(round(right - left), round(lower - upper))
    width, height = across + 2 * pad, round(lower - upper) + 2 * pad
    image = Image.new("RGB", (width, height), colour)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width - 1, height - 1), outline=_WHITE, width=max(1, size // 12))
    place = ((width - (right - left)) / 2 - left, pad - upper)
    draw.text(place, text, fill=ink_on(colour), font=font)
    return np.asarray(image)


def _within(label_map: Pixels, pixels: Pixels, x: int, y: int) -> Iterator[Badge]:
    """*pixels* at (x, y), moved so that all of it lies within the picture, if it fits at all."""
    height, width = pixels.shape[:2]
    x = max(0, min(x, label_map.shape[1] - width))
    y = max(0, min(y, label_map.shape[0] - height))
    if height <= label_map.shape[0] and width <= label_map.shape[1]:
        yield Badge(x=x, y=y, pixels=pixels)


def legend(label_map: Pixels, people: Sequence[Person]) -> Iterator[Badge]:
    """A panel with each person's colour, number and share, in the corner that hides least.

    As many people as fit into a third of either side; the last line then counts the others.
    """
    if not people or min(label_map.shape) < _SMALLEST_LEGEND:
        return
    panel = _panel(people, label_map.shape[1], label_map.shape[0])
    height, width = panel.shape[:2]
    bottom, right = label_map.shape[0] - height, label_map.shape[1] - width
    corners = ((right, bottom), (0, bottom), (right, 0), (0, 0))
    hidden = [np.count_nonzero(label_map[y : y + height, x : x + width]) for x, y in corners]
    yield from _within(label_map, panel, *corners[hidden.index(min(hidden))])


def _panel(people: Sequence[Person], width: int, height: int) -> Pixels:
    size = max(_SMALLEST_LETTER + 1, min(width, height) // 40)
    row = size * 3 // 2
    rows = max(1, int(height * _LEGEND_SHARE) // row - 1)
    font = ImageFont.load_default(size)
    column = round(font.getlength("255 · 100.0 %")) + 2 * row
    columns = max(1, int(width * _LEGEND_SHARE) // column)
    shown = people if len(people) <= rows * columns else people[: rows * columns - 1]
    rows = min(rows, len(shown) + (len(shown) < len(people)))
    columns = -(-(len(shown) + (len(shown) < len(people))) // rows)
    image = Image.new("RGB", (columns * column, rows * row + row // 2), _PANEL)
    draw = ImageDraw.Draw(image)
    for place, person in enumerate(shown):
        x, y = place // rows * column + row // 2, place % rows * row + row // 4
        draw.rectangle((x, y + row // 6, x + size, y + row // 6 + size), colour_of(person.id))
        draw.text((x + row, y), f"{person.id} · {person.share:.1%}", fill=_PALE, font=font)
    if len(shown) < len(people):
        x, y = len(shown) // rows * column + row // 2, len(shown) % rows * row + row // 4
        draw.text((x, y), f"+ {len(people) - len(shown)}", fill=_PALE, font=font)
    return np.asarray(image)
