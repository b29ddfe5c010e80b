"""What a picture is, from its header alone: no pixel is decoded and nothing heavy imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from shared.imaging.errors import (
    NotAPictureError,
    TruncatedPictureError,
    UnreadablePictureError,
    UnsupportedFormatError,
)
from shared.imaging.facts import PictureFacts
from shared.imaging.headers import bmp, gif, heif, jpeg, png, tiff, webp

_PARSERS: Final[tuple[tuple[bytes, Callable[[bytes], PictureFacts]], ...]] = (
    (b"\xff\xd8\xff", jpeg.parse),
    (png.SIGNATURE, png.parse),
    (b"GIF87a", gif.parse),
    (b"GIF89a", gif.parse),
    (b"II*\0", tiff.parse),
    (b"MM\0*", tiff.parse),
    (b"II+\0", tiff.parse),
    (b"MM\0+", tiff.parse),
)
_FOREIGN: Final[tuple[tuple[bytes, str], ...]] = (
    (b"8BPS", "Photoshop"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"%PDF", "PDF"),
    (b"\0\0\x01\0", "ICO"),
    (b"FUJIFILM", "camera raw"),
    (b"IIRO", "camera raw"),
    (b"IIU\0", "camera raw"),
)
_SHORTEST: Final = 12
"""Bytes that tell every format here apart."""


def probe(data: bytes) -> PictureFacts:
    """The facts of the picture in *data* (the whole file: `complete` looks at its end).

    Raises:
        NotAPictureError: no picture; code `empty` for zero bytes.
        UnsupportedFormatError: a picture that nothing here reads.
        TruncatedPictureError: it ends inside its header.
        UnreadablePictureError: the header contradicts itself.
    """
    if not data:
        raise NotAPictureError("the file is empty", code="empty")
    facts = _parser_of(data)(data)
    if facts.width < 1 or facts.height < 1:
        raise UnreadablePictureError(f"the {facts.format.upper()} states a size of zero")
    return facts


def _parser_of(data: bytes) -> Callable[[bytes], PictureFacts]:
    for magic, parser in _PARSERS:
        if data.startswith(magic):
            return parser
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return webp.parse
    if data[:2] == b"BM" and len(data) > _SHORTEST and data[6:10] == b"\0\0\0\0":
        return bmp.parse
    if data[4:8] == b"ftyp":
        return _movie_or_heic(data)
    return _refuse(data)


def _movie_or_heic(data: bytes) -> Callable[[bytes], PictureFacts]:
    if heif.is_heic(data):
        return heif.parse
    brand = data[8:12].decode("latin-1").strip()
    raise UnsupportedFormatError(f"an ISO media file of brand {brand!r} is not read here")


def _refuse(data: bytes) -> Callable[[bytes], PictureFacts]:
    for magic, name in _FOREIGN:
        if data.startswith(magic):
            raise UnsupportedFormatError(f"{name} files are not read here")
    if any(magic.startswith(data) for magic, _ in _PARSERS):
        raise TruncatedPictureError("the file ends within its first bytes")
    raise NotAPictureError("no known picture format begins like this")
