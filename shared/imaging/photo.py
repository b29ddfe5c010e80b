"""A photograph as an array."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.imaging.decoding import open_upright
from shared.imaging.probe import probe


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
    image = open_upright(data)
    profile = image.info.get("icc_profile")
    return Photo(rgb=np.asarray(image), icc_profile=profile, orientation=probe(data).orientation)
