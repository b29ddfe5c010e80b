"""The picture with its people tinted and outlined: one colour, one person.

The work goes over a few rows at a time, whose scratch stays in the processor's cache, and over all
people at once: its cost is that of the picture, however many they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.palette import colour_of
from shared.imaging.runs import Shape

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_PIXELS_PER_LINE: Final = 500
_ROWS_AT_A_TIME: Final = 64
_WHITE: Final = 255
_NUMBERS: Final = 256
_PIXEL: Final = np.dtype("V3")


def line_of(width: int, height: int) -> int:
    """Pixels of a line's width on either side of an outline, for a picture of this size."""
    return max(1, round(min(width, height) / _PIXELS_PER_LINE))


def draw_people(rgb: Pixels, label_map: Pixels, shapes: Sequence[Shape]) -> Pixels:
    """A copy of *rgb* (height, width, 3) with every person tinted and outlined.

    The outline is a line of the person's colour inside and a white one outside, so that it shows
    on any background.
    """
    canvas: Pixels = rgb.copy()
    height, width = label_map.shape
    line = line_of(width, height)
    colours = np.full((_NUMBERS, 3), _WHITE, np.uint8)
    for shape in shapes:
        colours[shape.value] = colour_of(shape.value)
    halves: Pixels = colours >> np.uint8(1)
    halves[0] = 0
    for first in range(0, height, _ROWS_AT_A_TIME):
        rows = slice(first, min(first + _ROWS_AT_A_TIME, height))
        columns = _occupied(shapes, rows, line, width)
        if columns is not None:
            _tint(canvas[rows, columns], label_map[rows, columns], halves)
            _outline(canvas, label_map, colours, (rows, columns), line)
    return canvas


def _occupied(shapes: Sequence[Shape], rows: slice, line: int, width: int) -> slice | None:
    """The columns that people of these rows and their outlines reach over."""
    near = [
        shape.box
        for shape in shapes
        if shape.box[1] - line < rows.stop and shape.box[1] + shape.box[3] + line > rows.start
    ]
    if not near:
        return None
    left = min(x for x, _, _, _ in near) - line
    right = max(x + across for x, _, across, _ in near) + line
    return slice(max(0, left), min(width, right))


def _tint(canvas: Pixels, labels: Pixels, halves: Pixels) -> None:
    """Half the photograph, half the person's colour; the background stays as it is."""
    height, width = labels.shape
    indexed = Image.frombuffer("P", (width, height), labels.tobytes(), "raw", "P", 0, 1)
    indexed.putpalette(halves.tobytes())
    tint = np.asarray(indexed.convert("RGB"))
    upper = canvas - (canvas >> 1)
    upper &= np.negative((tint > 0).view(np.uint8))  # no half colour is 0 anywhere
    canvas -= upper
    canvas += tint


def _outline(
    canvas: Pixels, label_map: Pixels, colours: Pixels, window: tuple[slice, slice], line: int
) -> None:
    """Paint the pixels of *window* less than a line's width from where a number changes."""
    rows, columns = window
    upper, left = max(0, rows.start - line), max(0, columns.start - line)
    labels = label_map[upper : rows.stop + line, left : columns.stop + line]
    change = np.zeros(labels.shape, np.bool_)
    np.not_equal(labels[:, 1:], labels[:, :-1], out=change[:, 1:])
    change[1:] |= labels[1:] != labels[:-1]
    near = spread(spread(change, line, 1), line, 0)
    inside = (slice(rows.start - upper, rows.stop - upper), slice(columns.start - left, None))
    place = near[inside][:, : columns.stop - columns.start]
    _stamp(canvas[window], place, colours, label_map[window])


def _stamp(canvas: Pixels, place: Mask, colours: Pixels, labels: Pixels) -> None:
    """Write whole pixels, three bytes at a time: several times faster than by channel."""
    pixels, palette = canvas.view(_PIXEL)[..., 0], colours.view(_PIXEL)[..., 0]
    rows, columns = np.divmod(np.flatnonzero(place), place.shape[1])  # faster than nonzero
    pixels[rows, columns] = palette[labels[rows, columns]]


def spread(marks: Mask, steps: int, axis: int) -> Mask:
    """The *steps* pixels on either side of each mark along *axis*.

    A mark stands for the edge between its own pixel and the one before.
    """
    around = [(0, 0), (0, 0)]
    around[axis] = (steps - 1, steps)
    wide = np.pad(marks, around)
    reached = 1
    while reached < 2 * steps:
        step = min(reached, 2 * steps - reached)
        wide = wide[:, :-step] | wide[:, step:] if axis else wide[:-step] | wide[step:]
        reached += step
    return wide
