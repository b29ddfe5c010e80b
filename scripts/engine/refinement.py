"""Outlines at full resolution, from masks of 96 x 96."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scripts.engine.arrays import Affine, Bits, Plane, Rgb, unit
from scripts.engine.geometry import inverse

COARSE = 5.0
SMOOTHNESS = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A person's probability [h, w] with the place of its top left pixel in the picture."""

    x: int
    y: int
    plane: Plane

    def window(self) -> tuple[slice, slice]:
        """The patch's rows and columns in the picture."""
        high, wide = self.plane.shape
        return slice(self.y, self.y + high), slice(self.x, self.x + wide)

    def bits(self) -> Bits:
        """Where the person is more likely than not."""
        return self.plane > 0.5  # noqa: PLR2004  # even odds


def paste(mask: Plane, frame: Affine, shape: tuple[int, ...]) -> Patch:
    """Bring a mask [s, s] of a frame back to the picture's resolution, clipped to the picture."""
    side = mask.shape[0]
    back = inverse(frame)
    x0, y0 = back[:, 2]
    x1, y1 = back @ np.array([side, side, 1.0])
    left, top = max(0, int(x0)), max(0, int(y0))
    right, bottom = min(shape[1], int(np.ceil(x1))), min(shape[0], int(np.ceil(y1)))
    local = frame.copy()
    local[:, 2] += local[:, :2] @ np.array([left, top], np.float64)
    plane = cv2.warpAffine(
        mask,
        local,
        (right - left, bottom - top),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderValue=0.0,
    )
    return Patch(x=left, y=top, plane=np.asarray(plane, dtype=np.float32))


def refine(patch: Patch, grey: Plane, frame: Affine) -> Patch:
    """Pull a pasted mask to the picture's edges, where it was enlarged a lot.

    Elsewhere it stays as it is: there the filter moves outlines more than it mends them
    (measured: the boundary F-score fell by .01 when small masks were filtered too).

    Args:
        patch: a pasted mask.
        grey: the whole picture's brightness, 0..1.
        frame: the mask's frame; its scale sets how far an edge may be pulled.
    """
    step = 1.0 / min(frame[0, 0], frame[1, 1])
    if step <= COARSE:
        return patch
    radius = int(np.clip(round(step * 1.5), 2, 16))
    plane = guided_filter(grey[patch.window()], patch.plane, radius)
    return Patch(x=patch.x, y=patch.y, plane=plane)


def brightness(picture: Rgb) -> Plane:
    """The picture's grey values, 0..1: [h, w]."""
    return unit(np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), dtype=np.uint8))


def guided_filter(guide: Plane, plane: Plane, radius: int) -> Plane:
    """He, Sun and Tang's guided filter (ECCV 2010): `plane` redrawn along the edges of `guide`."""
    mean_guide, mean_plane = _box(guide, radius), _box(plane, radius)
    covariance = _box(guide * plane, radius) - mean_guide * mean_plane
    variance = _box(guide * guide, radius) - mean_guide * mean_guide
    slope = covariance / (variance + np.float32(SMOOTHNESS))
    offset = mean_plane - slope * mean_guide
    return _box(slope, radius) * guide + _box(offset, radius)


def _box(plane: Plane, radius: int) -> Plane:
    size = (2 * radius + 1, 2 * radius + 1)
    blurred = cv2.boxFilter(plane, -1, size, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, dtype=np.float32)
