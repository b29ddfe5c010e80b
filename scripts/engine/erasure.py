"""The erase model: fills what a mask covers from its surroundings, with OpenCV's inpainting."""

from __future__ import annotations

import cv2
import numpy as np

from scripts.engine.arrays import LabelMap, Rgb
from scripts.engine.errors import TaskError

WORKING_SIDE = 1024
FAST_SIDE = 512
REACH = 3


def erase(
    picture: Rgb,
    mask: LabelMap,
    keep: LabelMap | None = None,
    *,
    dilate: bool = True,
    fast: bool = False,
) -> Rgb:
    """Erase what the mask covers.

    Args:
        picture: [h, w, 3].
        mask: [h, w]; not zero means erase.
        keep: [h, w]; not zero means keep, whatever the mask says.
        dilate: widen the mask a little, for masks that an algorithm drew.
        fast: work at a smaller size.

    Returns:
        A new picture; pixels that are not erased are as they were.

    Raises:
        TaskError: a mask has another size than the picture.
    """
    for plane in (mask, keep):
        if plane is not None and plane.shape != picture.shape[:2]:
            raise TaskError(
                "InvalidParameter", "the mask must have the same resolution as the image"
            )
    hole = (mask > 0).astype(np.uint8)
    if dilate:
        reach = 2 * max(2, round(max(hole.shape) / 200)) + 1
        hole = cv2.dilate(hole, np.ones((reach, reach), np.uint8)).astype(np.uint8)
    if keep is not None:
        hole[keep > 0] = 0
    return _filled(picture, hole, FAST_SIDE if fast else WORKING_SIDE) if hole.any() else picture


def _filled(picture: Rgb, hole: LabelMap, side: int) -> Rgb:
    """Inpaint at a bounded size, since its time grows with the hole, and blend the fill in."""
    height, width = hole.shape
    factor = min(1.0, side / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    small_hole = cv2.resize(hole, size, interpolation=cv2.INTER_NEAREST)
    # A reduced pixel that any erased one has touched must not bleed into the fill.
    small_hole = cv2.dilate(small_hole, np.ones((3, 3), np.uint8)) if factor < 1 else small_hole
    fill = cv2.inpaint(small, small_hole, REACH, cv2.INPAINT_TELEA)
    fill = cv2.resize(fill, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.where(hole[..., None] > 0, fill, picture).astype(np.uint8)
