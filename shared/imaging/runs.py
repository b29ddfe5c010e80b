"""Boxes, areas and centroids of all people at once, from one pass over a label map.

A *run* is a vertical stretch of one number within one column. Runs are few (they grow with the
outlines, not with the areas), and everything about a person's shape follows from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.errors import MaskError

_ROWS_AT_A_TIME: Final = 256
"""Rows compared at once: the scratch stays in the processor's cache."""
_MOST_CHANGES: Final = 4_000_000
"""People have outlines; more changes than this are noise, and would cost a gigabyte."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Runs:
    """The runs of everything but the background, ordered by column, then row.

    The arrays are parallel: `value` (uint8), `column`, `top` and `length` (int64, pixels).
    """

    value: NDArray[np.uint8]
    column: NDArray[np.int64]
    top: NDArray[np.int64]
    length: NDArray[np.int64]
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One person's extent: `box` is (x, y, width, height), `area` and `box` in pixels.

    `centroid` is the mean (x, y) of the pixels, whose centres lie on whole numbers.
    """

    value: int
    box: tuple[int, int, int, int]
    area: int
    centroid: tuple[float, float]


def find_runs(label_map: NDArray[np.uint8]) -> Runs:
    """All runs of *label_map*, uint8 of shape (height, width).

    Raises:
        MaskError: the map changes so often that it is noise; code `mask_is_noise`.
    """
    height, width = label_map.shape
    tops = np.arange(width, dtype=np.int64) * height
    starts = np.sort(np.concatenate([tops, *_changes(label_map)]))
    ends = np.append(starts[1:], height * width)
    column, row = np.divmod(starts, height)
    value = label_map[row, column]
    kept = value != 0
    return Runs(
        value=value[kept],
        column=column[kept],
        top=row[kept],
        length=(ends - starts)[kept],
        width=width,
        height=height,
    )


def _changes(label_map: NDArray[np.uint8]) -> list[NDArray[np.int64]]:
    """Where a pixel differs from the one above it, as column * height + row."""
    height, width = label_map.shape
    found: list[NDArray[np.int64]] = []
    total = 0
    for first in range(1, height, _ROWS_AT_A_TIME):
        below = label_map[first : first + _ROWS_AT_A_TIME]
        above = label_map[first - 1 : first - 1 + below.shape[0]]
        row, column = np.divmod(np.flatnonzero(below != above), width)
        total += row.size
        if total > _MOST_CHANGES:
            raise MaskError("the mask is noise, not outlines of people", code="mask_is_noise")
        found.append(column * height + row + first)
    return found


def measure(runs: Runs) -> tuple[Shape, ...]:
    """The shapes of all numbers that occur, by rising number."""
    if not runs.value.size:
        return ()
    order = np.argsort(runs.value, kind="stable")
    value, column = runs.value[order], runs.column[order]
    top, length = runs.top[order], runs.length[order]
    first = np.flatnonzero(np.concatenate([[True], value[1:] != value[:-1]]))
    area = np.add.reduceat(length, first)
    left, right = np.minimum.reduceat(column, first), np.maximum.reduceat(column, first) + 1
    upper, lower = np.minimum.reduceat(top, first), np.maximum.reduceat(top + length, first)
    across = np.add.reduceat(length * column, first) / area
    down = np.add.reduceat(length * (top + (length - 1) / 2), first) / area
    boxes = np.stack([left, upper, right - left, lower - upper], axis=1).tolist()
    means = np.stack([across, down], axis=1).tolist()
    rows = zip(value[first].tolist(), boxes, area.tolist(), means, strict=True)
    return tuple(
        Shape(value=number, box=(x, y, w, h), area=pixels, centroid=(mean_x, mean_y))
        for number, (x, y, w, h), pixels, (mean_x, mean_y) in rows
    )
