"""The picture with its people tinted and outlined: one colour, one person.

The work goes over a few rows at a time, on their way into the file, and within them over people's
boxes: no second picture is ever in memory, and the rows stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.palette import colour_of
from shared.imaging.runs import Shape

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_PIXELS_PER_LINE: Final = 500
_ROWS_AT_A_TIME: Final = 64
_WHITE: Final = 255
_PIXEL: Final = np.dtype("V3")
"""Red, green and blue written together, which is several times faster than by channel."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Brush:
    """A person's number, rows and columns; the colour, whole and halved, as a row of the box.

    NumPy is fast where the innermost side is long, which three bytes of a pixel are not.
    """

    number: int
    rows: range
    columns: slice
    whole: Pixels
    half: Pixels

    @property
    def channels(self) -> slice:
        """The columns where every channel is one."""
        return slice(3 * self.columns.start, 3 * self.columns.stop)

    def reaches(self, rows: range, margin: int) -> bool:
        """Whether the person, or an outline *margin* wide, stands in *rows*."""
        return self.rows.start - margin < rows.stop and rows.start < self.rows.stop + margin


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Band:
    """Some rows of the photograph, the canvas they are drawn on, and space to mix colours in.

    All are uint8 of shape (rows, 3 x width), but for `space`, which is flat.
    """

    rows: range
    photo: Pixels
    canvas: Pixels
    space: Pixels

    def paint(self, brush: _Brush, own: Mask, edge: Mask) -> None:
        """Half the photograph, half the person's colour where *own*; the colour at the *edge*.

        Both are as wide as the person's box; *own* is spent.
        """
        canvas, photo = self.canvas[:, brush.channels], self.photo[:, brush.channels]
        tint = self.space[: photo.size].reshape(photo.shape)
        np.right_shift(photo, 1, out=tint)
        tint += brush.half
        _stamp(canvas, tint, own)
        own &= edge
        _stamp(canvas, brush.whole, own)


def line_of(width: int, height: int) -> int:
    """Pixels of a line's width on either side of an outline, for a picture of this size."""
    return max(1, round(min(width, height) / _PIXELS_PER_LINE))


def draw_people(rgb: Pixels, label_map: Pixels, shapes: Sequence[Shape]) -> Iterator[Pixels]:
    """*rgb* (height, width, 3) with every person tinted and outlined, a few rows at a time.

    The outline is a line of the person's colour inside and a white one outside, so that it shows
    on any background. Rows once handed out are overwritten when the next are asked for.
    """
    height, width = label_map.shape
    line = line_of(width, height)
    brushes = [_brush(shape) for shape in shapes]
    canvas = np.empty((_ROWS_AT_A_TIME, 3 * width), np.uint8)
    space = np.empty(canvas.size, np.uint8)
    for first in range(0, height, _ROWS_AT_A_TIME):
        rows = range(first, min(first + _ROWS_AT_A_TIME, height))
        photo = rgb[rows.start : rows.stop].reshape(len(rows), 3 * width)
        band = _Band(rows=rows, photo=photo, canvas=canvas[: len(rows)], space=space)
        band.canvas[:] = photo
        here = [brush for brush in brushes if brush.reaches(rows, line)]
        if here:
            _draw(band, label_map, here)
        yield band.canvas.reshape(len(rows), width, 3)


def _brush(shape: Shape) -> _Brush:
    x, y, width, height = shape.box
    whole = np.tile(np.array(colour_of(shape.value), np.uint8), width)
    return _Brush(
        number=shape.value,
        rows=range(y, y + height),
        columns=slice(x, x + width),
        whole=whole,
        half=whole >> np.uint8(1),
    )


def _draw(band: _Band, label_map: Pixels, brushes: Sequence[_Brush]) -> None:
    """Draw everyone who reaches into the band."""
    height, width = label_map.shape
    line = line_of(width, height)
    left = max(0, min(brush.columns.start for brush in brushes) - line)
    right = min(width, max(brush.columns.stop for brush in brushes) + line)
    near = _outlines(label_map, band.rows, range(left, right), line)
    white = np.full(3 * (right - left), _WHITE, np.uint8)
    _stamp(band.canvas[:, 3 * left : 3 * right], white, near)
    for brush in brushes:
        own = label_map[band.rows.start : band.rows.stop, brush.columns] == brush.number
        band.paint(brush, own, near[:, brush.columns.start - left : brush.columns.stop - left])


def _stamp(canvas: Pixels, ink: Pixels, where: Mask) -> None:
    """Write whole pixels of *ink*, which is a picture or one row of it."""
    np.copyto(canvas.view(_PIXEL), ink.view(_PIXEL), where=where)


def _outlines(label_map: Pixels, rows: range, columns: range, line: int) -> Mask:
    """The pixels of a window that are less than a line's width from where a number changes."""
    margin = 2 * line - 1
    change = np.zeros((len(rows) + margin, len(columns) + margin), np.bool_)
    top, left = rows.start - line + 1, columns.start - line + 1
    first, last = max(1, top), min(rows.stop + line, label_map.shape[0])
    begin, end = max(1, left), min(columns.stop + line, label_map.shape[1])
    # From row and column 0 on there is nothing to differ from.
    upper, before = max(0, top), max(0, left)
    labels = label_map[first - 1 : last, before:end]
    np.not_equal(
        labels[1:], labels[:-1], out=change[first - top : last - top, before - left : end - left]
    )
    labels = label_map[upper:last, begin - 1 : end]
    change[upper - top : last - top, begin - left : end - left] |= labels[:, 1:] != labels[:, :-1]
    return spread(spread(change, line, 0), line, 1)


def spread(marks: Mask, steps: int, axis: int) -> Mask:
    """The *steps* pixels on either side of each mark along *axis*.

    A mark stands for the edge between its own pixel and the one before. Of *marks* the first
    *steps* - 1 and the last *steps* are margin, and not told of.
    """
    reached = 1
    while reached < 2 * steps:
        step = min(reached, 2 * steps - reached)
        marks = marks[:, :-step] | marks[:, step:] if axis else marks[:-step] | marks[step:]
        reached += step
    return marks
