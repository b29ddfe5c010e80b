"""A photograph as an array."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.decoding import open_upright, rgb_profile, sound_facts
from shared.imaging.facts import PictureFacts
from shared.imaging.turning import upright

_PIXEL: Final = np.dtype("V3")
"""Red, green and blue are turned together."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Photo:
    """Upright pixels: `rgb` is uint8 of shape (height, width, 3).

    `icc_profile` is the RGB colour profile that the numbers refer to; None means sRGB.
    `orientation` is the EXIF orientation that was applied.
    """

    rgb: NDArray[np.uint8]
    icc_profile: bytes | None = None
    orientation: int = 1

    @property
    def width(self) -> int:
        """Pixels of a row."""
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.rgb.shape[0])


def read_photo(data: bytes) -> Photo:
    """Decode a photograph of any supported format, upright.

    Raises:
        PictureError: no picture, too many pixels, cut off, or unreadable.
    """
    facts = sound_facts(data)
    if facts.format == "jpeg" and facts.colour == "rgb":
        photo = _colour_jpeg(data, facts)
        if photo is not None:
            return photo
    image = open_upright(data)
    profile = image.info.get("icc_profile")
    return Photo(rgb=np.asarray(image), icc_profile=profile, orientation=facts.orientation)


def _colour_jpeg(data: bytes, facts: PictureFacts) -> Photo | None:
    """The same pixels as Pillow's, in a third of the time: the decoder is the same, and nothing is
    copied. None where it is not installed, or objects to anything: Pillow then judges what can
    still be shown.
    """
    try:
        import simplejpeg  # noqa: PLC0415 -- optional: Pillow does the same, more slowly

        with Image.open(io.BytesIO(data), formats=("JPEG", "MPO")) as header:
            profile = rgb_profile(header)
        stored = simplejpeg.decode_jpeg(data)
    except (ImportError, OSError, ValueError, SyntaxError):
        return None
    pixels = np.ascontiguousarray(upright(stored.view(_PIXEL)[..., 0], facts.orientation))
    rgb = pixels.view(np.uint8).reshape(*pixels.shape, 3)
    return Photo(rgb=rgb, icc_profile=profile, orientation=facts.orientation)
