"""Who touches whom: numbers that stand on neighbouring pixels of a label map."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.runs import Runs

_NUMBERS: Final = 256


def find_contacts(runs: Runs) -> frozenset[tuple[int, int]]:
    """Pairs (lower, higher) of numbers that share at least one side of a pixel.

    Two runs of neighbouring columns touch where the one that begins lower begins beside the other:
    so the tops of all runs, and what stands beside them, tell everything.
    """
    starts = runs.column * runs.height + runs.top
    beside = (_at(runs, starts, starts + side) for side in (-runs.height, runs.height))
    found = np.unique(np.concatenate([_stacked(runs, starts), *beside])).tolist()
    both = (divmod(pair, _NUMBERS) for pair in found)
    return frozenset((min(one, other), max(one, other)) for one, other in both if one != other)


def _stacked(runs: Runs, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    close = starts[:-1] + runs.length[:-1] == starts[1:]
    close &= runs.top[1:] > 0  # the top of the next column is no neighbour
    return _pairs(runs.value[:-1][close], runs.value[1:][close])


def _at(runs: Runs, starts: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of all runs with those that stand on *places*, where anybody stands there."""
    nearest = np.maximum(np.searchsorted(starts, places, "right") - 1, 0)
    inside = (places >= starts[nearest]) & (places < starts[nearest] + runs.length[nearest])
    return _pairs(runs.value[inside], runs.value[nearest[inside]])


def _pairs(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.int64]:
    return one.astype(np.int64) * _NUMBERS + other
