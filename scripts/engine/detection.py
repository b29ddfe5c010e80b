"""Where people are: EfficientDet-Lite0 on the whole picture and on overlapping tiles."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.engine.arrays import Boxes, Rgb
from scripts.engine.boxes import suppress
from scripts.engine.networks import Network

SIDE = 320
GREY = 127
PERSON = 0
LEVELS = (40, 20, 10, 5, 3)
OUTPUT_SHAPES = ((19206, 90), (19206, 4))
TILE_OVERLAP = 1.35
TILED_FROM = 400
BORDER = 4


class PersonDetector:
    """Boxes around people, best first."""

    def __init__(self, network: Network, *, threshold: float = 0.4) -> None:
        self._network = network
        self._threshold = threshold
        self._anchors = _anchors()

    def __call__(self, picture: Rgb) -> tuple[Boxes, NDArray[np.float64]]:
        """Find people.

        Tiles see small people at twice the size; their boxes count a little less, and those that
        an inner edge of a tile has cut are left to the tile, or the whole picture, that sees all.

        Returns:
            Boxes [n, 4] within the picture and scores [n], best first.
        """
        found = [self._look(picture, self._threshold)]
        if max(picture.shape[:2]) >= TILED_FROM:
            found += [self._look_at_tile(picture, *tile) for tile in _tiles(picture.shape)]
        boxes = np.concatenate([boxes for boxes, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        kept = suppress(boxes, scores, 0.55)
        return boxes[kept], scores[kept]

    def _look_at_tile(
        self, picture: Rgb, x0: int, y0: int, wide: int, high: int
    ) -> tuple[Boxes, NDArray[np.float64]]:
        height, width = picture.shape[:2]
        tile = picture[y0 : y0 + high, x0 : x0 + wide]
        boxes, scores = self._look(tile, self._threshold + 0.05)
        cut = (boxes[:, 0] < BORDER) & (x0 > 0)
        cut |= (boxes[:, 1] < BORDER) & (y0 > 0)
        cut |= (boxes[:, 2] > wide - BORDER) & (x0 + wide < width)
        cut |= (boxes[:, 3] > high - BORDER) & (y0 + high < height)
        return boxes[~cut] + np.array([x0, y0, x0, y0]), scores[~cut] * 0.95

    def _look(self, picture: Rgb, threshold: float) -> tuple[Boxes, NDArray[np.float64]]:
        letterboxed, scale_x, scale_y = _letterbox(picture)
        classes, offsets = self._network(letterboxed)
        scores = classes[:, PERSON].astype(np.float64)
        likely = np.flatnonzero(scores > threshold)
        boxes = _decode(offsets[likely].astype(np.float64), self._anchors[likely])
        boxes /= np.array([scale_x, scale_y, scale_x, scale_y])
        height, width = picture.shape[:2]
        boxes = np.clip(boxes, 0.0, np.array([width, height, width, height], np.float64))
        kept = suppress(boxes, scores[likely], 0.6)
        return boxes[kept], scores[likely][kept]


def _letterbox(picture: Rgb) -> tuple[Rgb, float, float]:
    """Fit into the network's square, at the top left; the rest is grey. With the scales."""
    height, width = picture.shape[:2]
    ratio = SIDE / max(height, width)
    wide, high = max(1, round(width * ratio)), max(1, round(height * ratio))
    square = np.full((SIDE, SIDE, 3), GREY, np.uint8)
    how = cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
    square[:high, :wide] = cv2.resize(picture, (wide, high), interpolation=how)
    return square, wide / width, high / height


def _tiles(shape: tuple[int, ...]) -> Iterator[tuple[int, int, int, int]]:
    """Two by two overlapping tiles: x0, y0, width, height."""
    height, width = shape[:2]
    high, wide = int(height / 2 * TILE_OVERLAP), int(width / 2 * TILE_OVERLAP)
    for y0 in (0, height - high):
        for x0 in (0, width - wide):
            yield x0, y0, wide, high


def _decode(offsets: NDArray[np.float64], anchors: NDArray[np.float64]) -> Boxes:
    """Offsets [n, 4] (dy, dx, log dh, log dw) on anchors [n, 4] (y, x, h, w) -> boxes [n, 4]."""
    center = offsets[:, :2] * anchors[:, 2:] + anchors[:, :2]
    half = np.exp(np.clip(offsets[:, 2:], -10.0, 10.0)) * anchors[:, 2:] / 2
    return np.concatenate([(center - half)[:, ::-1], (center + half)[:, ::-1]], axis=1)


def _anchors() -> NDArray[np.float64]:
    """EfficientDet's anchors [19206, 4] (y, x, h, w): five levels, three octaves, three ratios."""
    return np.concatenate([_level(cells) for cells in LEVELS])


def _level(cells: int) -> NDArray[np.float64]:
    stride = SIDE / cells
    centers = (np.arange(cells) + 0.5) * stride
    rows, columns = np.meshgrid(centers, centers, indexing="ij")
    shapes = []
    for octave in range(3):
        for ratio in (1.0, 2.0, 0.5):
            side = 3 * stride * 2 ** (octave / 3)
            high, wide = (
                np.full_like(rows, side / ratio**0.5),
                np.full_like(rows, side * ratio**0.5),
            )
            shapes.append(np.stack([rows, columns, high, wide], axis=-1))
    return np.stack(shapes, axis=2).reshape(-1, 4)
