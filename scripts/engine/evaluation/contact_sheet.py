"""Truth beside prediction, many pictures on one sheet."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from scripts.engine.arrays import LabelMap, Rgb
from scripts.engine.drawing import draw
from scripts.engine.evaluation.coco import Truth
from scripts.engine.pictures import encode_png

TILE = 256
PAIRS_ACROSS = 3
GAP = 4


class ContactSheet:
    """Collects pairs of tiles: the truth on the left, the prediction on the right."""

    def __init__(self) -> None:
        self._pairs: list[Rgb] = []

    def add(self, picture: Rgb, truth: Truth, predicted: LabelMap) -> None:
        """Add one picture."""
        true_map = np.zeros(picture.shape[:2], np.uint8)
        for number, mask in enumerate(truth.people[:255], start=1):
            true_map[mask] = number
        tiles = [_tile(draw(picture, labels)) for labels in (true_map, predicted)]
        self._pairs.append(np.concatenate(tiles, axis=1))

    def write(self, path: Path) -> None:
        """Write the sheet as PNG; an empty one is a single grey pair."""
        blank = np.full((TILE, 2 * TILE, 3), 128, np.uint8)
        pairs = self._pairs or [blank]
        pairs = pairs + [blank] * (-len(pairs) % PAIRS_ACROSS)
        framed = [np.pad(pair, ((GAP, GAP), (GAP, GAP), (0, 0))) for pair in pairs]
        rows = [
            np.concatenate(framed[start : start + PAIRS_ACROSS], axis=1)
            for start in range(0, len(framed), PAIRS_ACROSS)
        ]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_png(np.concatenate(rows)))


def _tile(picture: Rgb) -> Rgb:
    """Fit into a grey square of TILE pixels."""
    height, width = picture.shape[:2]
    scale = TILE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    square = np.full((TILE, TILE, 3), 128, np.uint8)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    square[: size[1], : size[0]] = small
    return square
