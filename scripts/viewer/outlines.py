"""Outlines of people as SVG path data, small enough for a page with hundreds of photographs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.imaging.outlines import Points, trace
from shared.imaging.runs import Shape, find_runs, measure

FRAME: Final = 720
"""The longest side of the coordinates: finer than a pointer on the page can tell."""
_SLACK: Final = 0.8
"""How far an outline may run beside the pixels, in those coordinates."""
_CORNERS: Final = 3
"""Fewer make no area."""

Box = tuple[int, int, int, int]


def frame_of(width: int, height: int) -> tuple[int, int]:
    """The size of the coordinates for a picture of so many pixels."""
    scale = min(1.0, FRAME / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def outlines(label_map: NDArray[np.uint8], boxes: Mapping[int, Box]) -> dict[int, str]:
    """Path data of each person in *boxes* (id to x, y, width, height in the map's pixels).

    Parts and holes are closed loops, to be filled by the even-odd rule. Somebody too small to be
    left in the coordinates has the box for an outline.
    """
    height, width = label_map.shape
    wide, high = frame_of(width, height)
    resized = cv2.resize(label_map, (wide, high), interpolation=cv2.INTER_NEAREST_EXACT)
    small = resized.astype(np.uint8, copy=False)
    drawn = {shape.value: _traced(small, shape.value, shape.box) for shape in _shapes(small)}
    scale = (wide / width, high / height)
    return {number: drawn.get(number) or _boxed(box, scale) for number, box in boxes.items()}


def _shapes(small: NDArray[np.uint8]) -> Sequence[Shape]:
    return measure(find_runs(small))


def _traced(small: NDArray[np.uint8], number: int, box: Box) -> str:
    x, y, width, height = box
    mask = small[y : y + height, x : x + width] == number
    loops = (loop for part in trace(mask, x, y) for loop in (part.outer, *part.holes))
    return "".join(_closed(_simpler(loop.points)) for loop in loops)


def _simpler(points: Points) -> NDArray[np.int32]:
    """The loop with fewer corners; what would lose its area stays as it is."""
    exact = points.astype(np.int32)
    fewer = cv2.approxPolyDP(exact[:, None], _SLACK, closed=True)[:, 0].astype(np.int32)
    return fewer if len(fewer) >= _CORNERS else exact


def _closed(points: NDArray[np.int32]) -> str:
    """Path data of one loop: absolute first corner, then steps, which are shorter."""
    steps = " ".join(f"{dx} {dy}" for dx, dy in np.diff(points, axis=0).tolist())
    return f"M{points[0, 0]} {points[0, 1]}l{steps}z"


def _boxed(box: Box, scale: tuple[float, float]) -> str:
    x, y, width, height = box
    left, top = x * scale[0], y * scale[1]
    wide, high = max(1.0, width * scale[0]), max(1.0, height * scale[1])
    return f"M{left:.1f} {top:.1f}h{wide:.1f}v{high:.1f}h{-wide:.1f}z"
