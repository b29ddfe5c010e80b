"""Sums over small squares, quickly: by doubling, and by differences of running totals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def triangle(mask: NDArray[np.uint8], reach: int) -> NDArray[np.uint16]:
    """The mask (0 or 1), weighed over 2 * *reach* - 1 rows and columns with a triangle.

    *reach* is 2, 4 or 8; the weights add up to reach ** 4. Beyond its border the mask goes on as
    at the border. The sums are built by doubling, in the narrowest numbers that hold them.
    """
    padded = np.pad(mask, reach - 1, mode="edge")
    once = _doubled(_doubled(padded, reach, 1), reach, 0)
    return _doubled(_doubled(once.astype(np.uint16), reach, 1), reach, 0)


def _doubled(values: NDArray, reach: int, axis: int) -> NDArray:  # type: ignore[type-arg]  # any
    """Sums of *reach* neighbours along *axis*, in log2(reach) additions."""
    step = 1
    while step < reach:
        values = values[:, :-step] + values[:, step:] if axis else values[:-step] + values[step:]
        step *= 2
    return values


def box_sums(values: NDArray[np.int32], radius: int) -> NDArray[np.int64]:
    """Sums over (2 * *radius* + 1) squared cells, fewer at the border; shape (n, rows, columns)."""
    sums = values.astype(np.int64)
    for axis in (1, 2):
        places = np.arange(sums.shape[axis])
        first = [(0, 0)] * 3
        first[axis] = (1, 0)
        total = np.cumsum(np.pad(sums, first), axis=axis)
        after = total.take(np.minimum(places + radius + 1, places.size), axis)
        sums = after - total.take(np.maximum(places - radius, 0), axis)
    return sums
