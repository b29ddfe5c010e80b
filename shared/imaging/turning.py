"""Arrays turned as EXIF's orientation asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_TURNS: Final[Mapping[int, Callable[[NDArray[Any]], NDArray[Any]]]] = {
    1: lambda stored: stored,
    2: np.fliplr,
    3: lambda stored: stored[::-1, ::-1],
    4: np.flipud,
    5: np.transpose,
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].T,
    8: np.rot90,
}
"""From stored to upright, by EXIF orientation (EXIF 2.32, 4.6.4)."""
_BY_COLUMNS: Final = frozenset({5, 6, 7, 8})
_FLIPS: Final[Mapping[int, tuple[bool, bool]]] = {
    1: (False, False),
    2: (True, False),
    3: (True, True),
    4: (False, True),
    5: (False, False),
    6: (True, False),
    7: (True, True),
    8: (False, True),
}
"""The same in two steps: columns for rows, then from right to left and from below."""


def upright(stored: NDArray[Any], orientation: int) -> NDArray[Any]:
    """A view of *stored* (rows and columns, one item each) as it is to be looked at."""
    return _TURNS[orientation](stored)


def upright_point(
    point: tuple[float, float], stored: tuple[int, int], orientation: int
) -> tuple[float, float]:
    """Where *point* (x, y) of a stored picture of that size (width, height) is to be looked at."""
    x, y = point
    width, height = stored
    if orientation in _BY_COLUMNS:
        x, y, width, height = y, x, height, width
    flipped_x, flipped_y = _FLIPS[orientation]
    return (width - x if flipped_x else x), (height - y if flipped_y else y)
