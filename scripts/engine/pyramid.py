"""A picture together with its halves, so that every crop reads about as many pixels as it shows."""

from __future__ import annotations

import math
import threading
from typing import cast

import cv2
import numpy as np

from scripts.engine.arrays import Affine, Rgb

Window = tuple[int, int, int, int]
FINE_ENOUGH = 1.8


class Pyramid:
    """A picture [h, w] or [h, w, channels] (uint8), halved on demand by averaging.

    Cropping a small square out of a large picture by area is exact and slow (a third of a
    segmentation's time was spent there); one bilinear look at the right level is as good.
    """

    def __init__(self, picture: Rgb) -> None:
        self._levels = [picture]
        self._lock = threading.Lock()

    @property
    def picture(self) -> Rgb:
        """The picture itself."""
        return self._levels[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """The picture's shape."""
        return self.picture.shape

    def crop(self, region: Affine, pixels: int) -> Rgb:
        """Cut a region out of the picture to [pixels, pixels, channels]; black outside."""
        coarsest = max(1.0 / math.hypot(region[0, k], region[1, k]) for k in (0, 1))
        depth = max(0, math.ceil(math.log2(coarsest / FINE_ENOUGH)))
        local = region.copy()
        # Pixel i of a level is the mean of the pixels 2**depth * i and those that follow.
        local[:, 2] += local[:, :2] @ np.full(2, (2**depth - 1) / 2)
        local[:, :2] *= 2**depth
        size = (pixels, pixels)
        return cast(Rgb, cv2.warpAffine(self._level(depth), local, size, flags=cv2.INTER_LINEAR))

    def fitted(self, window: Window, side: int) -> tuple[Rgb, Affine]:
        """A window x0, y0, x1, y1, its longer side brought to `side` by area; and its map."""
        depth = max(
            0, math.floor(math.log2(max(window[2] - window[0], window[3] - window[1]) / side))
        )
        level = self._level(depth)
        x0, y0 = window[0] >> depth, window[1] >> depth
        patch = level[y0 : -(-window[3] >> depth), x0 : -(-window[2] >> depth)]
        high, wide = patch.shape[:2]
        ratio = side / max(high, wide)
        size = (max(1, round(wide * ratio)), max(1, round(high * ratio)))
        how = cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
        across, down = size[0] / wide / 2**depth, size[1] / high / 2**depth
        shift = (-(x0 << depth) * across, -(y0 << depth) * down)
        region = np.array([[across, 0.0, shift[0]], [0.0, down, shift[1]]])
        return cast(Rgb, cv2.resize(patch, size, interpolation=how)), region

    def _level(self, depth: int) -> Rgb:
        with self._lock:  # two threads would both halve, and the second result be a level too deep
            while len(self._levels) <= depth:
                self._levels.append(_halved(self._levels[-1]))
            return self._levels[depth]


def _halved(picture: Rgb) -> Rgb:
    """Half the size; an odd last row or column counts twice."""
    high, wide = picture.shape[:2]
    even = cv2.copyMakeBorder(picture, 0, high % 2, 0, wide % 2, cv2.BORDER_REPLICATE)
    size = ((wide + 1) // 2, (high + 1) // 2)
    return cast(Rgb, cv2.resize(even, size, interpolation=cv2.INTER_AREA))
