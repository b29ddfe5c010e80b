"""Sums over small squares, quickly: whole planes are added, moved by some pixels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


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
        values = _added(values, step, axis)
        step *= 2
    return values


def _added(values: NDArray, step: int, axis: int) -> NDArray:  # type: ignore[type-arg]  # any
    one, other = (values[:, :-step], values[:, step:]) if axis else (values[:-step], values[step:])
    sums: NDArray = np.add(one, other)  # type: ignore[type-arg]  # as above
    return sums


def box_sums(padded: Floats, radius: int) -> Floats:
    """Sums over (2 * *radius* + 1) squared cells, for all but *radius* cells at every border."""
    across = reduce(np.add, _parts(padded, 2 * radius + 1, 1))
    sums: Floats = reduce(np.add, _parts(across, 2 * radius + 1, 0))
    return sums


def _parts(values: Floats, width: int, axis: int) -> Iterator[Floats]:
    """Sums of 1, 2, 4 ... neighbours along *axis* that add up to those of *width* neighbours."""
    count = values.shape[axis] - width + 1
    begin, size = 0, 1
    while size <= width:
        if width & size:
            yield values[:, begin : begin + count] if axis else values[begin : begin + count]
            begin += size
        values = _added(values, size, axis)
        size *= 2
