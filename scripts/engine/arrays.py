"""The arrays that travel between the engine's parts.

Rgb        uint8 [h, w, 3], red first
Features   float16 [cells, cells, channels], what a network computed inside; half the memory
Plane      float32 [h, w], usually a probability 0..1 per pixel
LabelMap   uint8 [h, w], 0 background, 1..N one value per person
Boxes      float64 [n, 4], x0 y0 x1 y1 in pixels, the far edges exclusive
Affine     float64 [2, 3], maps (x, y, 1) of one frame to (x, y) of another
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Plane = NDArray[np.float32]
Features = NDArray[np.float16]
LabelMap = NDArray[np.uint8]
Bits = NDArray[np.bool_]
Boxes = NDArray[np.float64]
Affine = NDArray[np.float64]
Floats = NDArray[np.floating]


def logistic(values: Floats) -> Plane:
    """1 / (1 + exp(-x)), safe for large negative and positive values; same shape."""
    return (1.0 / (1.0 + np.exp(-np.clip(values, -50.0, 50.0)))).astype(np.float32)


def logit(probabilities: Plane, margin: float = 0.01) -> Plane:
    """The inverse of `logistic`, with probabilities held `margin` away from 0 and 1; same shape."""
    held = np.clip(probabilities, margin, 1.0 - margin)
    return np.log(held / (1.0 - held)).astype(np.float32)


def unit(picture: Rgb) -> Plane:
    """8-bit values as 0..1; same shape."""
    scaled: Plane = np.asarray(picture, dtype=np.float32) / np.float32(255)
    return scaled
