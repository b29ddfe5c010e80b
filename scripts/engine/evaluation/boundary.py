"""How closely an outline follows the true one."""

from __future__ import annotations

import cv2
import numpy as np

from scripts.engine.arrays import Bits

TOLERANCE = 0.0075


def boundary_f_score(predicted: Bits, truth: Bits) -> float:
    """The F-score of two outlines, as in DAVIS (Perazzi et al., CVPR 2016): 0..1.

    A boundary pixel counts as found when the other boundary passes within 0.75 % of the picture's
    diagonal (at least one pixel).
    """
    reach = max(1, round(TOLERANCE * float(np.hypot(*truth.shape))))
    ours, theirs = outline(predicted), outline(truth)
    if not ours.any() or not theirs.any():
        return 0.0
    precision = float(_widened(theirs, reach)[ours].mean())
    recall = float(_widened(ours, reach)[theirs].mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def outline(bits: Bits) -> Bits:
    """The mask's pixels that touch the outside or the picture's edge: [h, w]."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    plane = bits.astype(np.uint8)
    inner = cv2.erode(plane, cross, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray((plane > 0) & (inner == 0), dtype=np.bool_)


def _widened(bits: Bits, reach: int) -> Bits:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(bits.astype(np.uint8), disc) > 0, dtype=np.bool_)
