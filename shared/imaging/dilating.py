"""Growing a mask by a disc."""

from __future__ import annotations

from math import isqrt

import numpy as np
from numpy.typing import NDArray


def dilate(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """All pixels at most *reach* pixels (Euclidean, between centres) from one of *mask*.

    Each row knows how far its nearest pixel of the mask is; rows up and down then ask whether that
    is within the disc's width at their distance.
    """
    if reach < 1:
        return mask
    near = _distance_in_row(mask, reach)
    grown: NDArray[np.bool_] = near == 0
    for step in range(min(reach + 1, mask.shape[0])):
        within = near <= isqrt(reach * reach - step * step)
        grown[step:] |= within[: within.shape[0] - step]
        grown[: grown.shape[0] - step] |= within[step:]
    return grown


def _distance_in_row(mask: NDArray[np.bool_], most: int) -> NDArray[np.uint16]:
    """Columns to the nearest set pixel of the same row; beyond *most*, anything greater."""
    width = mask.shape[1]
    columns = np.arange(width, dtype=np.int32)
    far = width + most + 1
    left = np.maximum.accumulate(np.where(mask, columns, -far), axis=1)
    right = np.minimum.accumulate(np.where(mask, columns, far + width)[:, ::-1], axis=1)[:, ::-1]
    distance = np.minimum(columns - left, right - columns)
    return np.minimum(distance, np.iinfo(np.uint16).max).astype(np.uint16)
