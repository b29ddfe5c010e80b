"""A PNG writer over a fast deflate (isal where installed, else zlib); ISO/IEC 15948."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.headers.png import SIGNATURE

_COLOUR_TYPES: Final = {1: 0, 2: 4, 3: 2, 4: 6}
"""PNG's colour type by the number of channels: grey, grey and alpha, RGB, RGBA."""
_NO_FILTER: Final = 0
_UP: Final = 2
_EIGHT_BITS: Final = 8


def _fast_deflate() -> Callable[[NDArray[np.uint8]], bytes]:
    try:
        from isal import isal_zlib  # noqa: PLC0415 -- optional: zlib does the same, more slowly
    except ImportError:
        return lambda raw: zlib.compress(raw.data, 1)
    return lambda raw: bytes(isal_zlib.compress(raw.data, 1))


deflate: Final = _fast_deflate()
"""Compress a contiguous array in the zlib format, quickly rather than tightly."""


def encode_png(
    pixels: NDArray[np.uint8],
    *,
    icc_profile: bytes | None = None,
    compress: Callable[[NDArray[np.uint8]], bytes] = deflate,
) -> bytes:
    """An 8-bit PNG of *pixels*: shape (height, width) or (height, width, 2 to 4 channels).

    Label maps and masks (one channel) are written without a row filter, which packs flat areas
    best; photographs as differences from the row above.
    """
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]  # noqa: PLR2004 -- rows and columns only
    rows = pixels.reshape(height, width * channels)
    header = struct.pack(">IIBBBBB", width, height, _EIGHT_BITS, _COLOUR_TYPES[channels], 0, 0, 0)
    body = compress(_filtered(rows, _NO_FILTER if channels == 1 else _UP))
    profile = _chunk(b"iCCP", b"ICC\0\0" + zlib.compress(icc_profile)) if icc_profile else b""
    parts = (SIGNATURE, _chunk(b"IHDR", header), profile, _chunk(b"IDAT", body), _chunk(b"IEND"))
    return b"".join(parts)


def encode_placed(
    crop: NDArray[np.uint8],
    place: tuple[int, int],
    size: tuple[int, int],
    compress: Callable[[NDArray[np.uint8]], bytes] = deflate,
) -> bytes:
    """An 8-bit grey PNG of *size* (width, height) that is 0 but for *crop* at *place* (x, y)."""
    (x, y), (width, height) = place, size
    raw = np.zeros((height, width + 1), np.uint8)
    raw[y : y + crop.shape[0], 1 + x : 1 + x + crop.shape[1]] = crop
    header = struct.pack(">IIBBBBB", width, height, _EIGHT_BITS, _COLOUR_TYPES[1], 0, 0, 0)
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", compress(raw)), _chunk(b"IEND"))
    return SIGNATURE + b"".join(parts)


def _filtered(rows: NDArray[np.uint8], kind: int) -> NDArray[np.uint8]:
    """The rows, each preceded by its filter's number and filtered by it."""
    raw = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    raw[:, 0] = kind
    if kind == _NO_FILTER:
        raw[:, 1:] = rows
    else:
        raw[0, 1:] = rows[0]
        np.subtract(rows[1:], rows[:-1], out=raw[1:, 1:])
    return raw


def _chunk(name: bytes, data: bytes = b"") -> bytes:
    checksum = zlib.crc32(data, zlib.crc32(name))
    return b"".join((struct.pack(">I", len(data)), name, data, struct.pack(">I", checksum)))
