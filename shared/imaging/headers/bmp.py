"""BMP headers, from OS/2's twelve bytes to version 5."""

from __future__ import annotations

import struct
from typing import Final

from shared.imaging.errors import TruncatedPictureError, UnsupportedFormatError
from shared.imaging.facts import PictureFacts

_CORE_HEADER: Final = 12
_INFO_HEADER: Final = 40
_PALETTE_BITS: Final = frozenset({1, 2, 4, 8})
_UNCOMPRESSED: Final = frozenset({0, 3, 6})
_EMBEDDED: Final = frozenset({4, 5})
"""A JPEG or PNG inside: made for printers, read by nobody."""


def parse(data: bytes) -> PictureFacts:
    """The facts of a BMP file. A negative height means "top row first" and is made positive.

    Raises:
        TruncatedPictureError: it ends inside its header.
        UnsupportedFormatError: its pixels are another format's.
    """
    try:
        offset, header_size = struct.unpack_from("<II", data, 10)
        width, height, bits, compression = _read_header(data, header_size)
    except struct.error as error:
        raise TruncatedPictureError("the BMP ends inside its header") from error
    if compression in _EMBEDDED:
        raise UnsupportedFormatError("a BMP that holds a JPEG or PNG is not read here")
    row = (width * bits + 31) // 32 * 4
    needed = offset + row * height if compression in _UNCOMPRESSED else offset + 2
    return PictureFacts(
        format="bmp",
        width=width,
        height=height,
        colour="palette" if bits in _PALETTE_BITS else "rgb",
        complete=needed <= len(data),
    )


def _read_header(data: bytes, header_size: int) -> tuple[int, int, int, int]:
    if header_size == _CORE_HEADER:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        return width, height, bits, 0
    if header_size < _INFO_HEADER:
        raise UnsupportedFormatError("this BMP's header is of no known kind")
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    return abs(width), abs(height), bits, compression
