"""JPEG files of a weight that an upload form takes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image

from shared.imaging.portrait.refusals import NoPortraitError

_USUAL: Final = 95
_BEST: Final = 100
_WORST: Final = 20
"""Below this quality a face has blocks, and no office takes it."""
_MOST_COMMENT: Final = 65_533
_SOI_AND_APP0: Final = 20
"""Bytes before the first segment after JFIF's own: SOI and an APP0 without thumbnail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """Bounds of a file in KB, None where there is none.

    A KB is 1000 bytes to some and 1024 to others: the file keeps to both.
    """

    least: int | None = None
    most: int | None = None

    @property
    def least_bytes(self) -> int:
        """So many at least."""
        return (self.least or 0) * 1024

    @property
    def most_bytes(self) -> int | None:
        """So many at most."""
        return self.most * 1000 if self.most else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A JPEG file and the quality (Pillow's, 1..100) it was written with."""

    data: bytes
    quality: int


def encode_weighed(image: Image.Image, dpi: int, weight: Weight) -> Weighed:
    """*image* as JPEG at *dpi*, of the best quality that *weight* allows.

    A file that is still too light at the best quality is filled with comments, which readers
    pass over.

    Raises:
        NoPortraitError: too heavy even at the worst quality that is any use.
    """
    best = _heaviest(image, dpi, weight)
    if len(best.data) < weight.least_bytes:
        best = Weighed(data=encode_jpeg(image, dpi, _BEST), quality=_BEST)
        if weight.most_bytes is not None and len(best.data) > weight.most_bytes:
            best = _heaviest(image, dpi, weight)
    return Weighed(data=_filled(best.data, weight.least_bytes), quality=best.quality)


def encode_jpeg(image: Image.Image, dpi: int, quality: int = _USUAL) -> bytes:
    """*image* as JPEG with full colour resolution; sRGB, as it has no profile."""
    target = io.BytesIO()
    # Not optimised: Pillow's buffer for that is too small for noisy pictures, and it fails.
    image.save(target, "JPEG", quality=quality, subsampling=0, dpi=(dpi, dpi))
    return target.getvalue()


def _heaviest(image: Image.Image, dpi: int, weight: Weight) -> Weighed:
    """Of the qualities up to the usual one, the highest that is light enough."""
    usual = encode_jpeg(image, dpi)
    most = weight.most_bytes
    if most is None or len(usual) <= most:
        return Weighed(data=usual, quality=_USUAL)
    low, high, found = _WORST, _USUAL - 1, None
    while low <= high:
        quality = (low + high) // 2
        data = encode_jpeg(image, dpi, quality)
        if len(data) <= most:
            found, low = Weighed(data=data, quality=quality), quality + 1
        else:
            high = quality - 1
    if found is None:
        raise NoPortraitError("too_heavy", most=str(weight.most))
    return found


def _filled(data: bytes, least: int) -> bytes:
    """*data* with comments (COM segments, ITU T.81 B.2.4.5) up to *least* bytes."""
    parts: list[bytes] = []
    missing = least - len(data)
    while missing > 0:
        length = min(max(missing - 4, 0), _MOST_COMMENT)
        parts.append(b"\xff\xfe" + (length + 2).to_bytes(2, "big") + bytes(length))
        missing -= length + 4
    return data[:_SOI_AND_APP0] + b"".join(parts) + data[_SOI_AND_APP0:] if parts else data
