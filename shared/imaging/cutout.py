"""One person, cut out: a mask of its own, and an RGBA picture with soft edges."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from shared.imaging.photo import Photo
from shared.imaging.scene import Box

_OPAQUE: Final = 255
_SOFT_PER_SIDE: Final = 1500
"""One pixel of softness for so many pixels of the picture's shorter side."""


def person_mask(label_map: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """255 where the person is, 0 elsewhere; the size of the label map."""
    mask: NDArray[np.uint8] = (label_map == number).view(np.uint8) * np.uint8(_OPAQUE)
    return mask


def cut_out(photo: Photo, label_map: NDArray[np.uint8], number: int, box: Box) -> NDArray[np.uint8]:
    """The person as RGBA, cropped to *box*: uint8 of shape (height, width, 4).

    Edges fade inside the mask only, so no pixel of the background shows through, and under
    alpha 0 the colour is 0: a removed neighbour cannot be brought back.
    """
    x, y, width, height = box
    alpha = _soft_alpha(label_map, number, box)
    cut = np.empty((height, width, 4), np.uint8)
    visible = (alpha > 0).view(np.uint8)
    rgb = photo.rgb[y : y + height, x : x + width]
    np.multiply(rgb, visible[..., np.newaxis], out=cut[..., :3])
    cut[..., 3] = alpha
    return cut


def _soft_alpha(label_map: NDArray[np.uint8], number: int, box: Box) -> NDArray[np.uint8]:
    """The mask, blurred, within its own outline. The picture's border is no edge of the person."""
    x, y, width, height = box
    radius = max(1, round(min(label_map.shape) / _SOFT_PER_SIDE))
    margin = 2 * radius
    left, upper = max(0, x - margin), max(0, y - margin)
    window = label_map[upper : y + height + margin, left : x + width + margin]
    mask = person_mask(window, number)
    blur = ImageFilter.BoxBlur(radius)
    blurred = np.asarray(Image.fromarray(mask).filter(blur).filter(blur))
    soft: NDArray[np.uint8] = np.maximum(blurred, 1) & mask
    return soft[y - upper : y - upper + height, x - left : x - left + width]
