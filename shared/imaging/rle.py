"""COCO's run-length code of all people at once, from one pass over the label map.

Byte for byte what `pycocotools` writes: counts run down the columns, and are packed as differences
from the count before the last (LEB128-like, five bits a character; cocoapi, `maskApi.c`).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.runs import Runs

_BITS: Final = 5
_LOW: Final = 0x1F
_SIGN: Final = 0x10
_MORE: Final = 0x20
_FIRST: Final = 48
_LONGEST: Final = 13
"""Characters that 64 bits can take."""


def coco_counts(runs: Runs) -> Mapping[int, NDArray[np.int64]]:
    """For each number: lengths of outside and inside, in turns, down the columns one by one."""
    order = np.argsort(runs.value, kind="stable")
    value = runs.value[order].astype(np.int64)
    start = (runs.column * runs.height + runs.top)[order]
    end = start + runs.length[order]
    bounds = np.flatnonzero(np.diff(value, prepend=-1, append=-1))  # numbers are never negative
    total = runs.width * runs.height
    return {
        int(value[one]): _counts(start[one:other], end[one:other], total)
        for one, other in pairwise(bounds.tolist())
    }


def _counts(start: NDArray[np.int64], end: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    apart = start[1:] != end[:-1]  # one that ends at the bottom may go on at the next column's top
    start = start[np.concatenate([[True], apart])]
    end = end[np.concatenate([apart, [True]])]
    edges = np.empty(2 * start.size + 2, np.int64)
    edges[0], edges[-1] = 0, total
    edges[1:-1:2], edges[2:-1:2] = start, end
    counts = np.diff(edges)
    return counts if counts[-1] else counts[:-1]


def coco_string(counts: NDArray[np.int64]) -> str:
    """The counts in COCO's characters."""
    rest = counts.copy()
    rest[3:] -= counts[1:-2]
    letters = np.empty((rest.size, _LONGEST), np.uint8)
    used = np.zeros(letters.shape, bool)
    alive = np.ones(rest.size, bool)
    for place in range(_LONGEST):
        low = rest & _LOW
        rest >>= _BITS
        more = np.where(low & _SIGN, rest != -1, rest != 0)
        letters[:, place] = (low | np.where(more, _MORE, 0)) + _FIRST
        used[:, place] = alive
        alive &= more
        if not alive.any():
            break
    return letters[used].tobytes().decode("ascii")
