"""Who touches whom: numbers that stand on neighbouring pixels of a label map."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.runs import Runs

_ROWS_AT_A_TIME: Final = 256
_NUMBERS: Final = 256


def find_contacts(label_map: NDArray[np.uint8], runs: Runs) -> frozenset[tuple[int, int]]:
    """Pairs (lower, higher) of numbers that share at least one side of a pixel.

    *runs* are those of *label_map*; they know already who stands on top of whom.
    """
    firsts = range(0, label_map.shape[0], _ROWS_AT_A_TIME)
    across = (_side_by_side(label_map[first : first + _ROWS_AT_A_TIME]) for first in firsts)
    found = np.unique(np.concatenate([_stacked(runs), *across])).tolist()
    both = (divmod(pair, _NUMBERS) for pair in found)
    return frozenset((min(one, other), max(one, other)) for one, other in both if one and other)


def _stacked(runs: Runs) -> NDArray[np.uint16]:
    ends = runs.top[:-1] + runs.length[:-1]
    close = (runs.column[:-1] == runs.column[1:]) & (ends == runs.top[1:])
    return _pairs(runs.value[:-1][close], runs.value[1:][close])


def _side_by_side(rows: NDArray[np.uint8]) -> NDArray[np.uint16]:
    left, right = rows[:, :-1], rows[:, 1:]
    change = left != right
    return _pairs(left[change], right[change])


def _pairs(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint16]:
    return np.unique(one.astype(np.uint16) * np.uint16(_NUMBERS) + other)
