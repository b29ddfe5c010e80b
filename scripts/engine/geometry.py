"""Square and rectangular regions of a picture, and resampling between them.

A *region* is an affine map from picture pixels to the pixels of a crop. Everything that a network
says about a crop is brought into another crop, or back into the picture, through such maps.
"""

from __future__ import annotations

import math
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.engine.arrays import Affine, Boxes, Plane, Rgb
from scripts.engine.pyramid import Pyramid


def rotated_square(center: tuple[float, float], side: float, angle: float, pixels: int) -> Affine:
    """Map a square of the picture (side in pixels, angle in radians) to `pixels` squared."""
    scale = pixels / side
    cosine, sine = math.cos(angle) * scale, math.sin(angle) * scale
    rotation = np.array([[cosine, sine], [-sine, cosine]])
    shift = np.full(2, pixels / 2) - rotation @ np.array(center)
    return np.concatenate([rotation, shift[:, None]], axis=1)


def stretched_box(box: Boxes, margin: float, pixels: int) -> Affine:
    """Map a box [4], widened by `margin` of its sides on each side, to `pixels` squared."""
    x0, y0, x1, y1 = (float(edge) for edge in box[:4])
    wide, high = x1 - x0, y1 - y0
    x0, x1, y0, y1 = x0 - margin * wide, x1 + margin * wide, y0 - margin * high, y1 + margin * high
    across, down = pixels / (x1 - x0), pixels / (y1 - y0)
    return np.array([[across, 0.0, -x0 * across], [0.0, down, -y0 * down]])


def between(source: Affine, target: Affine) -> Affine:
    """The map from crop `source` to crop `target`, both given as maps from the picture."""
    last = np.array([[0.0, 0.0, 1.0]])
    return (np.vstack([target, last]) @ np.linalg.inv(np.vstack([source, last])))[:2]


def inverse(region: Affine) -> Affine:
    """The map from the crop back to the picture."""
    return np.asarray(cv2.invertAffineTransform(region), dtype=np.float64)


def transfer(plane: Plane, source: Affine, target: Affine, pixels: int) -> Plane:
    """Bring a plane of crop `source` into crop `target` [pixels, pixels]; 0 outside."""
    moved = cv2.warpAffine(
        plane, between(source, target), (pixels, pixels), flags=cv2.INTER_LINEAR, borderValue=0.0
    )
    return cast(Plane, moved)


def crop(picture: Pyramid, region: Affine, pixels: int) -> Rgb:
    """Cut a region out of the picture to [pixels, pixels, channels]; black outside."""
    return picture.crop(region, pixels)


def inside(shape: tuple[int, ...], region: Affine, pixels: int) -> Plane:
    """How much of each pixel of an upright crop lies within the picture: [pixels, pixels], 0..1."""
    across = _within(shape[1], region[0, 0], region[0, 2], pixels)
    down = _within(shape[0], region[1, 1], region[1, 2], pixels)
    return np.asarray(np.outer(down, across), dtype=np.float32)


def _within(limit: int, step: float, shift: float, pixels: int) -> NDArray[np.float64]:
    """Along one axis: 1 within the picture's `limit` pixels, fading over one pixel of the crop."""
    places = np.arange(pixels)
    begun, left = places - shift + 1, (limit - 1) * step + shift + 1 - places
    return np.asarray(np.clip(begun, 0.0, 1.0) * np.clip(left, 0.0, 1.0), dtype=np.float64)


def gather(features: Plane, source: Affine, target: Affine, cells: int) -> Plane:
    """Bring a network's features into another crop, bilinearly; 0 outside.

    Args:
        features: [h, w, channels], a coarse grid over all of the source crop.
        source: the map from the picture to the source crop, its sides measured as 1.
        target: the map from the picture to the target crop, its sides measured as 1.
        cells: the side of the coarse grid wanted over the target crop.

    Returns:
        [cells, cells, channels].
    """
    high, wide = features.shape[:2]
    centers = (np.arange(cells) + 0.5) / cells
    across, down = np.meshgrid(centers, centers)
    flat = np.stack([across.ravel(), down.ravel(), np.ones(cells * cells)])
    x, y = between(target, source) @ flat
    x, y = x * wide - 0.5, y * high - 0.5
    padded = np.pad(features, ((1, 2), (1, 2), (0, 0)))
    x, y = np.clip(x + 1, 0, wide + 1), np.clip(y + 1, 0, high + 1)
    left, top = x.astype(np.intp), y.astype(np.intp)
    right, lower = (
        (exact - whole)[:, None].astype(np.float32) for exact, whole in ((x, left), (y, top))
    )
    upper_row = padded[top, left] * (1 - right) + padded[top, left + 1] * right
    lower_row = padded[top + 1, left] * (1 - right) + padded[top + 1, left + 1] * right
    mixed = upper_row * (1 - lower) + lower_row * lower
    return np.asarray(mixed, dtype=np.float32).reshape(cells, cells, -1)
