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


def upright(stored: NDArray[Any], orientation: int) -> NDArray[Any]:
    """A view of *stored* (rows and columns, one item each) as it is to be looked at."""
    return _TURNS[orientation](stored)
