"""EfficientDet's anchors, and boxes decoded on them (Tan, Pang and Le, CVPR 2020)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scripts.engine.arrays import Boxes

SIDE = 320
LEVELS = (40, 20, 10, 5, 3)


def anchors() -> NDArray[np.float64]:
    """Anchors [19206, 4] (y, x, h, w): five levels, three octaves, three ratios each."""
    return np.concatenate([_level(cells) for cells in LEVELS])


def decode_boxes(offsets: NDArray[np.float64], places: NDArray[np.float64]) -> Boxes:
    """Offsets [n, 4] (dy, dx, log dh, log dw) on anchors [n, 4] (y, x, h, w) -> boxes [n, 4]."""
    center = offsets[:, :2] * places[:, 2:] + places[:, :2]
    half = np.exp(np.clip(offsets[:, 2:], -10.0, 10.0)) * places[:, 2:] / 2
    return np.concatenate([(center - half)[:, ::-1], (center + half)[:, ::-1]], axis=1)


def _level(cells: int) -> NDArray[np.float64]:
    stride = SIDE / cells
    centers = (np.arange(cells) + 0.5) * stride
    rows, columns = np.meshgrid(centers, centers, indexing="ij")
    shapes = []
    for octave in range(3):
        for ratio in (1.0, 2.0, 0.5):
            side = 3 * stride * 2 ** (octave / 3)
            high = np.full_like(rows, side / ratio**0.5)
            wide = np.full_like(rows, side * ratio**0.5)
            shapes.append(np.stack([rows, columns, high, wide], axis=-1))
    return np.stack(shapes, axis=2).reshape(-1, 4)
