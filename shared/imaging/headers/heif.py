"""HEIC files: recognised by their brand; the size is asked of libheif, which applies the turns."""

from __future__ import annotations

from typing import Final

from shared.imaging.errors import (
    PictureError,
    TruncatedPictureError,
    UnreadablePictureError,
    UnsupportedFormatError,
)
from shared.imaging.facts import PictureFacts

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_OPEN_ENDED: Final = 0
_LONG: Final = 1


def is_heic(data: bytes) -> bool:
    """Whether the file type box names a HEIC brand, as the main one or among the compatible."""
    return not _HEIC_BRANDS.isdisjoint(_brands(data))


def _brands(data: bytes) -> set[bytes]:
    end = min(int.from_bytes(data[:4], "big"), len(data), 256)
    return {data[at : at + 4] for at in (8, *range(16, end, 4))}


def parse(data: bytes) -> PictureFacts:
    """The facts of a HEIC file's main picture; its size is the upright one, `orientation` 1.

    Raises:
        TruncatedPictureError: its boxes reach behind the end.
        UnreadablePictureError: libheif cannot open it.
        UnsupportedFormatError: the HEIF library is not installed.
    """
    if not _is_complete(data):
        raise TruncatedPictureError("the HEIC file is cut off")
    try:
        import pillow_heif  # noqa: PLC0415 -- heavy, and only HEIC files need it
    except ImportError as error:
        raise UnsupportedFormatError("HEIC needs the package pillow-heif") from error
    try:
        heif = pillow_heif.open_heif(data)
        width, height = heif.size
    except Exception as error:
        raise _unreadable(error) from error
    return PictureFacts(format="heic", width=width, height=height, has_alpha=bool(heif.has_alpha))


def _unreadable(error: Exception) -> PictureError:
    return UnreadablePictureError(f"the HEIC file cannot be opened: {error}")


def _is_complete(data: bytes) -> bool:
    """Whether all boxes of the top level end within the file."""
    position = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        if size == _LONG:
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        if size == _OPEN_ENDED:
            return True
        if size < 8:  # noqa: PLR2004 -- a box is at least its own header
            return False
        position += size
    return position == len(data)
