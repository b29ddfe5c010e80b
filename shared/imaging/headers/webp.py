"""WebP containers: lossy, lossless and extended (RFC 9649)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from shared.imaging.errors import TruncatedPictureError
from shared.imaging.facts import PictureFacts
from shared.imaging.headers.tiff import orientation_of

_ALPHA: Final = 0x10
_SIDE_MASK: Final = 0x3FFF
"""Sides are 14-bit numbers; the bits above belong to others."""


def parse(data: bytes) -> PictureFacts:
    """The facts of a WebP file.

    Raises:
        TruncatedPictureError: it ends before it says how large the picture is.
    """
    width = height = 0
    has_alpha = False
    orientation = 1
    frames = 0
    for name, payload in _chunks(data):
        if name in _SIZES and not width:
            width, height, has_alpha = _read_size(name, payload)
        if name == b"EXIF":
            orientation = orientation_of(payload)
        frames += name == b"ANMF"
    if not width:
        raise TruncatedPictureError("the WebP ends before it says how large the picture is")
    return PictureFacts(
        format="webp",
        width=width,
        height=height,
        orientation=orientation,
        has_alpha=has_alpha,
        frames=max(1, frames),
        complete=len(data) >= 8 + int.from_bytes(data[4:8], "little"),
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 12
    while position + 8 <= len(data):
        name = data[position : position + 4]
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        yield name, data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2


def _read_size(name: bytes, payload: bytes) -> tuple[int, int, bool]:
    try:
        return _SIZES[name](payload)
    except struct.error as error:
        raise TruncatedPictureError("the WebP ends inside its header") from error


def _lossy(payload: bytes) -> tuple[int, int, bool]:
    width, height = struct.unpack_from("<HH", payload, 6)
    return width & _SIDE_MASK, height & _SIDE_MASK, False


def _lossless(payload: bytes) -> tuple[int, int, bool]:
    (packed,) = struct.unpack_from("<I", payload, 1)
    return (packed & _SIDE_MASK) + 1, (packed >> 14 & _SIDE_MASK) + 1, bool(packed >> 28 & 1)


def _extended(payload: bytes) -> tuple[int, int, bool]:
    flags, _, width, wide, height, high = struct.unpack_from("<B3sHBHB", payload)
    return (wide << 16 | width) + 1, (high << 16 | height) + 1, bool(flags & _ALPHA)


_SIZES: Final = {b"VP8 ": _lossy, b"VP8L": _lossless, b"VP8X": _extended}
