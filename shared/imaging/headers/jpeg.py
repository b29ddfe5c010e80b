"""JPEG markers up to the first scan (ITU-T T.81), and the EXIF orientation among them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from shared.imaging.errors import TruncatedPictureError, UnsupportedFormatError
from shared.imaging.facts import PictureFacts
from shared.imaging.headers.tiff import orientation_of

_START_OF_SCAN: Final = 0xDA
_EXIF: Final = 0xE1
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length of their own."""
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_READABLE_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive; lossless and arithmetic coding no common reader takes."""
_COLOURS: Final = {1: "grey", 3: "rgb", 4: "cmyk"}
_END: Final = b"\xff\xd9"
_EIGHT_BITS: Final = 8


def parse(data: bytes) -> PictureFacts:
    """The facts of a JPEG file.

    Raises:
        TruncatedPictureError: it ends before its frame header, or the frame states no height.
        UnsupportedFormatError: a coding that common readers refuse.
    """
    orientation = 1
    frame: tuple[int, int, int] | None = None
    scan = len(data)
    for marker, start, length in _segments(data):
        if marker == _START_OF_SCAN:
            scan = start
            break
        if marker == _EXIF and data.startswith(b"Exif\0", start):
            orientation = orientation_of(data[start : start + length])
        if marker in _FRAMES:
            frame = _read_frame(data, marker, start)
    if frame is None:
        raise TruncatedPictureError("the JPEG ends before it says how large the picture is")
    width, height, components = frame
    return PictureFacts(
        format="jpeg",
        width=width,
        height=height,
        orientation=orientation,
        colour=_COLOURS[components],
        complete=data.rfind(_END, scan) >= 0,  # it is at the end of most
    )


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, where its payload starts, its payload's length), as far as there are any."""
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:  # noqa: PLR2004 -- every marker begins so
        marker = data[position + 1]
        if marker == 0xFF:  # noqa: PLR2004 -- a fill byte
            position += 1
        elif marker in _BARE:
            position += 2
        else:
            length = int.from_bytes(data[position + 2 : position + 4], "big")
            yield marker, position + 4, length - 2
            position += 2 + length


def _read_frame(data: bytes, marker: int, start: int) -> tuple[int, int, int]:
    try:
        bits, height, width, components = struct.unpack_from(">BHHB", data, start)
    except struct.error as error:
        raise TruncatedPictureError("the JPEG ends inside its frame header") from error
    if marker not in _READABLE_FRAMES or bits != _EIGHT_BITS or components not in _COLOURS:
        raise UnsupportedFormatError("this JPEG uses a coding that common readers refuse")
    return width, height, components
