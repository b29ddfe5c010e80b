"""An erased picture, brought back into the photograph: only what was erased is the provider's.

The provider sees the photograph reduced, compressed anew and turned upright, and gives back all of
it. Here its fill is scaled to the photograph's own pixels and laid in where the mask was, with a
soft seam; every pixel further out stays the photograph's own, to the last bit.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from shared.imaging.errors import MaskError
from shared.imaging.label_map import read_label_map
from shared.imaging.photo import Photo, read_photo
from shared.imaging.placing import is_same_shape
from shared.imaging.profiles import in_srgb

SEAM: Final = 0.006
"""How far the seam runs out of the mask: by the square root of the picture's area."""
_LEAST_SEAM: Final = 4
_HALF: Final = 128
_MOST: Final = 255
_ROWS: Final = 256
"""Mixed at once: numbers of 16 bits take twice the picture's memory."""

Plane = NDArray[np.uint8]
Window = tuple[int, int, int, int]
"""left, upper, right, lower: in pixels, the last two behind the end."""


def seam_of(width: int, height: int) -> int:
    """Pixels outside of the mask that may still change, in a picture of that size."""
    return max(_LEAST_SEAM, round(SEAM * sqrt(width * height)))


def bring_back(photo: bytes, completed: bytes, *, mask: bytes, keep: bytes) -> NDArray[np.uint8]:
    """RGB pixels of the upright *photo* in sRGB, with what is not 0 in *mask* from *completed*.

    What is not 0 in *keep* is the photograph's, whatever the mask says. *completed* and both
    masks are of one size, in the photograph's proportions.

    Raises:
        PictureError: one of them cannot be read, or (MaskError) is of other proportions.
    """
    stored = read_photo(photo)
    picture, filled = in_srgb(stored), _filled(completed, stored)
    erase, kept = read_label_map(mask), read_label_map(keep)
    size = (picture.width, picture.height)
    for part in (filled.rgb, erase, kept):
        if not is_same_shape((part.shape[1], part.shape[0]), size):
            raise MaskError("the erased picture is not of the photograph's shape", code="mask_size")
    window = _window(erase, size)
    rgb: NDArray[np.uint8] = picture.rgb.copy()
    if window is None:
        return rgb
    share = _share(erase, kept, window, size)
    fill = _scaled(filled.rgb, window, size, Image.Resampling.LANCZOS)
    place = rgb[window[1] : window[3], window[0] : window[2]]
    for first in range(0, len(fill), _ROWS):
        rows = slice(first, first + _ROWS)
        place[rows] = _mixed(place[rows], fill[rows], share[rows])
    return rgb


def _filled(completed: bytes, photo: Photo) -> Photo:
    """The provider's picture in sRGB; one that names no profile has the photograph's numbers."""
    filled = read_photo(completed)
    return in_srgb(replace(filled, icc_profile=filled.icc_profile or photo.icc_profile))


def _window(erase: Plane, size: tuple[int, int]) -> Window | None:
    """Where anything may change, in the photograph's pixels."""
    rows, columns = np.flatnonzero(erase.any(axis=1)), np.flatnonzero(erase.any(axis=0))
    if not rows.size:
        return None
    across, down = size[0] / erase.shape[1], size[1] / erase.shape[0]
    more = seam_of(*size) + 1
    return (
        max(0, int(columns[0] * across) - more),
        max(0, int(rows[0] * down) - more),
        min(size[0], int(-(-(columns[-1] + 1) * across // 1)) + more),
        min(size[1], int(-(-(rows[-1] + 1) * down // 1)) + more),
    )


def _share(erase: Plane, kept: Plane, window: Window, size: tuple[int, int]) -> Plane:
    """How much of each pixel is the fill's: 255 in the mask, none in what is kept or far away.

    Blurred, a straight outline is half of it, and twice that falls from all to none outside.
    """
    hole = _smooth(erase, window, size) >= _HALF
    blur = ImageFilter.BoxBlur(seam_of(*size) // 2)
    soft = Image.fromarray(hole.astype(np.uint8) * np.uint8(_MOST)).filter(blur).filter(blur)
    share: Plane = np.minimum(np.asarray(soft), np.uint8(_HALF - 1)) * np.uint8(2)
    np.copyto(share, _MOST, where=hole)
    free: Plane = np.uint8(_MOST) - _smooth(kept, window, size)
    return np.minimum(share, free)


def _smooth(mask: Plane, window: Window, size: tuple[int, int]) -> Plane:
    """The mask's window at the photograph's size, without its steps."""
    whole: Plane = (mask > 0).astype(np.uint8) * np.uint8(_MOST)
    return _scaled(whole, window, size, Image.Resampling.BILINEAR)


def _scaled(
    pixels: Plane, window: Window, size: tuple[int, int], kind: Image.Resampling
) -> NDArray[np.uint8]:
    """What *window* of the photograph shows of *pixels*, which may be of another size."""
    across, down = pixels.shape[1] / size[0], pixels.shape[0] / size[1]
    box = (window[0] * across, window[1] * down, window[2] * across, window[3] * down)
    target = (window[2] - window[0], window[3] - window[1])
    edge = (min(box[2], pixels.shape[1]), min(box[3], pixels.shape[0]))
    return np.asarray(Image.fromarray(pixels).resize(target, kind, box=(*box[:2], *edge)))


def _mixed(below: NDArray[np.uint8], above: NDArray[np.uint8], share: Plane) -> NDArray[np.uint8]:
    """*above* over *below*; where *share* is 0 or 255 the one or the other, exactly."""
    weight = share.astype(np.uint16)[..., np.newaxis]
    total = above * weight + below * (_MOST - weight)
    mixed: NDArray[np.uint8] = ((total + _HALF - 1) // _MOST).astype(np.uint8)
    return mixed
