"""Sums over small squares, quickly: whole planes are added, moved by some pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def triangle(padded: NDArray[np.uint8], reach: int) -> NDArray[np.uint16]:
    """A mask (0 or 1), weighed over 2 * *reach* - 1 rows and columns with a triangle.

    *padded* is the mask with *reach* - 1 more rows and columns on every side. *reach* is 2, 4 or
    8; the weights add up to reach ** 4. The sums are built by doubling, in the narrowest numbers
    that hold them.
    """
    once = _doubled(_doubled(padded, reach, 1), reach, 0)
    return _doubled(_doubled(once.astype(np.uint16), reach, 1), reach, 0)


def _doubled(values: NDArray, reach: int, axis: int) -> NDArray:  # type: ignore[type-arg]  # any
    """Sums of *reach* neighbours along *axis*, in log2(reach) additions."""
    step = 1
    while step < reach:
        values = values[:, :-step] + values[:, step:] if axis else values[:-step] + values[step:]
        step *= 2
    return values


def box_sums(values: NDArray[np.int32], radius: int) -> NDArray[np.int32]:
    """Sums over (2 * *radius* + 1) squared cells, fewer at the border; shape (n, rows, columns)."""
    _, rows, columns = values.shape
    padded = np.pad(values, ((0, 0), (radius, radius), (radius, radius)))
    across: NDArray[np.int32] = padded[:, :, :columns].copy()
    for step in range(1, 2 * radius + 1):
        across += padded[:, :, step : step + columns]
    sums: NDArray[np.int32] = across[:, :rows].copy()
    for step in range(1, 2 * radius + 1):
        sums += across[:, step : step + rows]
    return sums
