"""Who of a label map is meant."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
from numpy.typing import NDArray

_FEW: Final = 16
"""Up to so many numbers, one comparison of each is faster than a look-up of every pixel."""


def membership(labels: NDArray[np.uint8], numbers: Collection[int]) -> NDArray[np.uint8]:
    """1 where one of *numbers* stands, else 0; of the shape of *labels*."""
    if not 0 < len(numbers) <= _FEW:
        table = np.array([value in numbers for value in range(256)], np.uint8)
        return table[labels]
    first, *others = numbers
    member: NDArray[np.bool_] = labels == first
    for number in others:
        member |= labels == number
    return member.view(np.uint8)
