"""Deflate, the compression inside of PNG: isal where it is installed, else the slower zlib."""

from __future__ import annotations

import zlib
from typing import Any, Final, Protocol


class Deflater(Protocol):
    """What compresses into the zlib format, piece by piece."""

    def compress(self, data: memoryview, /) -> bytes:
        """What is ready so far."""

    def flush(self) -> bytes:
        """The rest."""


def _library() -> Any:
    try:
        from isal import isal_zlib  # noqa: PLC0415 -- optional: zlib does the same, more slowly
    except ImportError:
        return zlib
    return isal_zlib


_LIBRARY: Final = _library()
_QUICK: Final = 1


def deflater() -> Deflater:
    """A new compressor that is quick rather than tight."""
    packer: Deflater = _LIBRARY.compressobj(_QUICK)
    return packer


def crc32(data: bytes, begin: int = 0) -> int:
    """PNG's checksum of *data* after what *begin* is the checksum of."""
    checksum: int = _LIBRARY.crc32(data, begin)
    return checksum


def inflated(data: bytes, size: int) -> bytes:
    """The *size* bytes that were compressed to *data*; more are not unpacked, whatever it holds.

    Raises:
        ValueError: it holds fewer, or is damaged.
    """
    try:
        found: bytes = _LIBRARY.decompressobj().decompress(data, size)
    except (zlib.error, _LIBRARY.error) as error:
        raise ValueError(f"the compressed pixels are damaged: {error}") from error
    if len(found) != size:
        raise ValueError(f"{len(found)} compressed bytes where {size} are stated")
    return found
