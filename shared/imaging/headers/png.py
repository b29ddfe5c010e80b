"""PNG chunks (ISO/IEC 15948), the animation and EXIF extensions included."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Final

from shared.imaging.errors import TruncatedPictureError, UnsupportedFormatError
from shared.imaging.facts import PictureFacts
from shared.imaging.headers.tiff import orientation_of

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_COLOURS: Final = {0: "grey", 2: "rgb", 3: "palette", 4: "grey", 6: "rgb"}
_WITH_ALPHA: Final = frozenset({4, 6})
_KEPT: Final = frozenset({b"IHDR", b"acTL", b"eXIf", b"tRNS", b"IEND"})


def parse(data: bytes) -> PictureFacts:
    """The facts of a PNG file; `complete` also means that every chunk's checksum is right.

    Raises:
        TruncatedPictureError: it ends inside its header.
        UnsupportedFormatError: the header states what no PNG may.
    """
    chunks, sound = _read_chunks(data)
    width, height, bits, colour_type = _read_header(chunks.get(b"IHDR", b""))
    (frames,) = struct.unpack(">I", chunks.get(b"acTL", b"\0\0\0\1")[:4].rjust(4, b"\0"))
    return PictureFacts(
        format="png",
        width=width,
        height=height,
        orientation=orientation_of(chunks.get(b"eXIf", b"")),
        bits=bits,
        colour=_COLOURS[colour_type],
        has_alpha=colour_type in _WITH_ALPHA or b"tRNS" in chunks,
        frames=max(1, frames),
        complete=sound and b"IEND" in chunks,
    )


def _read_header(header: bytes) -> tuple[int, int, int, int]:
    """Width, height, bits per channel and colour type."""
    try:
        width, height, bits, colour_type = struct.unpack_from(">IIBB", header)
    except struct.error as error:
        raise TruncatedPictureError("the PNG ends inside its header") from error
    if colour_type not in _COLOURS:
        raise UnsupportedFormatError(f"the PNG states an unknown colour type, {colour_type}")
    return width, height, bits, colour_type


def _read_chunks(data: bytes) -> tuple[Mapping[bytes, bytes], bool]:
    """The chunks that matter here by name, and whether all checksums up to the end are right."""
    chunks: dict[bytes, bytes] = {}
    sound = True
    position = len(SIGNATURE)
    while position + 12 <= len(data) and b"IEND" not in chunks:
        (length,) = struct.unpack_from(">I", data, position)
        name = data[position + 4 : position + 8]
        end = position + 8 + length
        if end + 4 > len(data):
            break
        if name in _KEPT:
            chunks[name] = data[position + 8 : end]
        checksum = zlib.crc32(memoryview(data)[position + 4 : end])
        sound = sound and checksum == int.from_bytes(data[end : end + 4], "big")
        position = end + 4
    return chunks, sound
