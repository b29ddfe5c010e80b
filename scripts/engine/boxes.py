"""Boxes around people: overlap and duplicates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scripts.engine.arrays import Boxes


def areas(boxes: Boxes) -> NDArray[np.float64]:
    """Area in square pixels of each box [n, 4] -> [n]."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def overlap(box: Boxes, boxes: Boxes) -> NDArray[np.float64]:
    """Intersection over union of one box [4] with each of boxes [n, 4] -> [n]."""
    near = np.maximum(box[:2], boxes[:, :2])
    far = np.minimum(box[2:4], boxes[:, 2:4])
    shared = np.prod(np.clip(far - near, 0.0, None), axis=1)
    union = areas(box[None, :4])[0] + areas(boxes) - shared
    return np.asarray(shared / np.maximum(union, 1e-9), dtype=np.float64)


def suppress(boxes: Boxes, scores: NDArray[np.float64], limit: float) -> list[int]:
    """Indices that survive non-maximum suppression, best score first.

    A box is dropped when it overlaps a better one by more than `limit`.
    """
    kept: list[int] = []
    waiting = np.argsort(-scores, kind="stable")
    while len(waiting):
        best, others = int(waiting[0]), waiting[1:]
        kept.append(best)
        waiting = others[overlap(boxes[best], boxes[others]) <= limit]
    return kept
