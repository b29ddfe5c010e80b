"""HEIC into JPEG, which every reader takes."""

from __future__ import annotations

import io
from typing import Final

from shared.imaging.decoding import open_upright

_QUALITIES: Final = (95, 88, 78, 65)
"""The first is high enough that a segmentation sees no difference; the others save weight."""
_MOST_BYTES: Final = 9_500_000
"""Within the 10 MB that the provider takes, whichever megabyte it means."""


def heic_to_jpeg(data: bytes) -> bytes:
    """The HEIC picture as an upright JPEG without EXIF; a colour profile travels along.

    Encoded as finely as the provider's limit of 10 MB allows; the size in pixels stays.

    Raises:
        PictureError: as `open_upright` does.
    """
    image = open_upright(data)
    jpeg = b""
    for quality in _QUALITIES:
        target = io.BytesIO()
        image.save(target, "JPEG", quality=quality, icc_profile=image.info.get("icc_profile"))
        jpeg = target.getvalue()
        if len(jpeg) <= _MOST_BYTES:
            break
    return jpeg
