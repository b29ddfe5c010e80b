"""Whether a drawing was made from a photograph: how much of the fine structure they share.

The provider's visualisation is the picture with its people tinted. Large shapes prove little
(portraits before the same wall are alike), and tints change them; so both are made small and
grey, their large shapes are taken away, and what is left is correlated.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.decoding import open_upright
from shared.imaging.errors import PictureError
from shared.imaging.label_map import read_label_map

SIDE: Final = 160
"""Both pictures are made so many pixels wide and high."""

COARSE: Final = 20
"""Shapes that are seen at this size are taken away: eight pixels and more of the small picture."""

LOUDEST: Final = 16.0
"""Grey levels beyond which an edge counts no more: one hard frame would outweigh all the rest."""

ALIKE: Final = 0.4
"""The least likeness of a drawing with its own photograph. Measured on 100 photographs of people
(COCO, JPEG 75): tints that leave 40 % of the picture's own colour over 70 % of its area reach .60
at least and .85 in the middle; two different photographs of the 4,950 pairs reach .19 at most."""

SHAPE_ERROR: Final = 0.01
"""By how much the proportions of a mask and of its picture may differ, for rounding."""


def is_result_of(
    photo: bytes, sent: tuple[int, int], *, mask: bytes, drawing: bytes | None
) -> bool:
    """Whether *mask* and *drawing* can have been made from *photo*, which was sent as *sent* pixels
    (width, height). What cannot be read, and a result without a drawing, proves nothing.
    """
    try:
        rows, columns = read_label_map(mask).shape
        error = abs(columns * sent[1] / (rows * sent[0]) - 1)
        return error <= SHAPE_ERROR and drawing is not None and likeness(photo, drawing) >= ALIKE
    except PictureError:
        return False


def is_completion_of(photo: bytes, *, erased: bytes, completed: bytes) -> bool:
    """Whether *completed* can have been made from *photo* by erasing what is not 0 in *erased*:
    what was left alone must be as it was. What cannot be read proves nothing.
    """
    try:
        left = open_upright(erased).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
        kept = np.asarray(left) == 0
        return _correlation(_structure(photo)[kept], _structure(completed)[kept]) >= ALIKE
    except PictureError:
        return False


def likeness(photo: bytes, drawing: bytes) -> float:
    """The correlation of fine structure, -1..1; 0 where either has none.

    Raises PictureError where either cannot be decoded.
    """
    return _correlation(_structure(photo), _structure(drawing))


def _correlation(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    strength = float(np.sqrt((ours**2).sum() * (theirs**2).sum()))
    return float((ours * theirs).sum()) / strength if strength > 0 else 0.0


def _structure(data: bytes) -> NDArray[np.float64]:
    grey = open_upright(data).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    coarse = grey.resize((COARSE, COARSE), Image.Resampling.BOX)
    blurred = coarse.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    fine = np.asarray(grey, np.float64) - np.asarray(blurred, np.float64)
    return np.clip(fine, -LOUDEST, LOUDEST)
