"""What every layout answers, and the ways a picture is made to fit an input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.engine.arrays import Bits, Boxes, Plane, Rgb

Outputs = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One person as the network says: box [4] and mask [h, w] in the picture's pixels."""

    score: float
    box: Boxes
    mask: Bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Where the picture lies in the network's input.

    Attributes:
        tensor: the input, as the network wants it.
        x, y: the picture's top left corner in the input.
        wide, high: the picture's size in the input.
        width, height: the picture's own size.
        input_width, input_height: the input's size.
    """

    tensor: NDArray[np.float32]
    x: int
    y: int
    wide: int
    high: int
    width: int
    height: int
    input_width: int
    input_height: int

    def boxes(self, boxes: NDArray[Any]) -> Boxes:
        """Boxes [n, 4] of the input, in the picture's pixels."""
        scale = np.array([self.width / self.wide, self.height / self.high] * 2)
        moved = (boxes.astype(np.float64) - np.array([self.x, self.y] * 2)) * scale
        limit = np.array([self.width, self.height] * 2, np.float64)
        return np.asarray(np.clip(moved, 0.0, limit), dtype=np.float64)

    def plane(self, plane: Plane) -> Plane:
        """A plane over the whole input, any size, as one over the picture [height, width]."""
        if (self.wide, self.high) == (self.input_width, self.input_height):
            return self._resized(plane)
        if plane.shape != (self.input_height, self.input_width):
            size = (self.input_width, self.input_height)
            plane = np.asarray(cv2.resize(plane, size), dtype=np.float32)
        return self._resized(plane[self.y : self.y + self.high, self.x : self.x + self.wide])

    def _resized(self, plane: Plane) -> Plane:
        if plane.shape == (self.height, self.width):
            return plane
        return np.asarray(cv2.resize(plane, (self.width, self.height)), dtype=np.float32)


class Layout(Protocol):
    """One way of exporting such a network."""

    def fit(self, picture: Rgb, size: tuple[int, int] | None) -> Fit:
        """Prepare a picture for an input of `size` (height, width), or of any size if None."""

    def read(self, outputs: Outputs, fit: Fit, threshold: float) -> list[Instance]:
        """The people with a score of at least `threshold`, in any order."""


def stretched(picture: Rgb, size: tuple[int, int]) -> Fit:
    """The picture stretched over all of the input, as [h, w, 3] in 0..1."""
    height, width = picture.shape[:2]
    resized = picture
    if (height, width) != size:
        resized = np.asarray(cv2.resize(picture, (size[1], size[0])), dtype=np.uint8)
    return _fit(resized, picture, (0, 0, size[1], size[0]))


def letterboxed(picture: Rgb, size: tuple[int, int], *, centered: bool) -> Fit:
    """The picture at its own shape on grey, in the centre or at the top left, in 0..1."""
    height, width = picture.shape[:2]
    ratio = min(size[0] / height, size[1] / width)
    wide, high = max(1, round(width * ratio)), max(1, round(height * ratio))
    x, y = (round((size[1] - wide) / 2 - 0.1), round((size[0] - high) / 2 - 0.1))
    x, y = (x, y) if centered else (0, 0)
    canvas = np.full((*size, 3), 114, np.uint8)
    canvas[y : y + high, x : x + wide] = cv2.resize(picture, (wide, high))
    return _fit(canvas, picture, (x, y, wide, high))


def _fit(canvas: Rgb, picture: Rgb, place: tuple[int, int, int, int]) -> Fit:
    return Fit(
        tensor=canvas.astype(np.float32) / np.float32(255),
        x=place[0],
        y=place[1],
        wide=place[2],
        high=place[3],
        width=picture.shape[1],
        height=picture.shape[0],
        input_width=canvas.shape[1],
        input_height=canvas.shape[0],
    )


def planar(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """[h, w, 3] -> [1, 3, h, w]."""
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


def within(box: Boxes, plane: Plane) -> Plane:
    """The plane with everything outside the box set to 0."""
    x0, y0 = np.floor(np.maximum(box[:2], 0)).astype(int)
    x1, y1 = np.ceil(box[2:]).astype(int)
    kept = np.zeros_like(plane)
    kept[y0:y1, x0:x1] = plane[y0:y1, x0:x1]
    return kept
