"""A picture at twice its size, linearly: several times faster than by a filter of any scale."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Sums = NDArray[np.uint16]

_ROWS_AT_A_TIME: Final = 32
"""Of the small picture: the scratch stays in the processor's cache."""
_PIXEL: Final = np.dtype("V3")


def doubled(small: Bytes, size: tuple[int, int]) -> Bytes:
    """*small* (rows, columns, 3) twice as wide and high, or less of that: *size* (width, height).

    Each pixel is three parts of the one that it lies in and one part of the nearest in either
    direction; at the border, of itself.
    """
    width, height = size
    high, wide = -(-height // 2), -(-width // 2)
    lines = small[:high, :wide].reshape(high, 3 * wide)
    canvas = np.empty((2 * high, 2 * wide, 3), np.uint8)
    pixels = canvas.view(_PIXEL).reshape(2 * high, wide, 2)
    for first in range(0, high, _ROWS_AT_A_TIME):
        last = min(first + _ROWS_AT_A_TIME, high)
        around = np.arange(first - 1, last + 1).clip(0, high - 1)
        tall = _tall(lines[around].astype(np.uint16))
        own = tall[:, 3:-3] * np.uint16(3)
        own += np.uint16(8)  # half of the sixteenth that is cut off
        for half, neighbours in enumerate((tall[:, :-6], tall[:, 6:])):
            mixed = ((own + neighbours) >> np.uint16(4)).astype(np.uint8)
            pixels[2 * first : 2 * last, :, half] = mixed.view(_PIXEL)
    return np.ascontiguousarray(canvas[:height, :width])


def _tall(lines: Sums) -> Sums:
    """Twice as many lines, but for the first and the last: in quarters, and a pixel longer at
    either end.
    """
    own = lines[1:-1] * np.uint16(3)
    tall = np.empty((len(own), 2, own.shape[1] + 6), np.uint16)
    np.add(own, lines[:-2], out=tall[:, 0, 3:-3])
    np.add(own, lines[2:], out=tall[:, 1, 3:-3])
    tall[..., :3] = tall[..., 3:6]
    tall[..., -3:] = tall[..., -6:-3]
    return tall.reshape(2 * len(own), -1)
