"""A PNG writer over a fast deflate; ISO/IEC 15948."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.deflating import Deflater, crc32, deflater
from shared.imaging.headers.png import SIGNATURE

_COLOUR_TYPES: Final = {1: 0, 2: 4, 3: 2, 4: 6}
"""PNG's colour type by the number of channels: grey, grey and alpha, RGB, RGBA."""
_NO_FILTER: Final = 0
_UP: Final = 2
_EIGHT_BITS: Final = 8
_EXIF: Final = b"Exif\0\0"
_BYTES_AT_A_TIME: Final = 1 << 18
"""Filtered and compressed at once: what is still in the processor's cache need not be fetched."""


def encode_png(
    pixels: NDArray[np.uint8],
    *,
    icc_profile: bytes | None = None,
    exif: bytes = b"",
    deflater: Callable[[], Deflater] = deflater,
) -> bytes:
    """An 8-bit PNG of *pixels*: shape (height, width) or (height, width, 2 to 4 channels)."""
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]  # noqa: PLR2004 -- rows and columns only
    rows = pixels.reshape(height, width * channels)
    step = max(1, _BYTES_AT_A_TIME // rows.shape[1])
    bands = (rows[first : first + step] for first in range(0, height, step))
    size = (width, height)
    return encode_rows(bands, size, channels, icc_profile=icc_profile, exif=exif, deflater=deflater)


def encode_rows(
    bands: Iterable[NDArray[np.uint8]],
    size: tuple[int, int],
    channels: int,
    *,
    icc_profile: bytes | None = None,
    exif: bytes = b"",
    deflater: Callable[[], Deflater] = deflater,
) -> bytes:
    """An 8-bit PNG of *size* (width, height) whose rows come a few at a time.

    Each band has the shape (rows, width x channels), and may be changed once the next is asked
    for. Label maps and masks (one channel) are written without a row filter, which packs flat
    areas best; photographs as differences from the row above. *exif* begins with `Exif`, as in
    JPEG files; PNG's own chunk goes without that.
    """
    header = struct.pack(">IIBBBBB", *size, _EIGHT_BITS, _COLOUR_TYPES[channels], 0, 0, 0)
    packer = deflater()
    body = [
        packer.compress(raw.data) for raw in _filtered(bands, _NO_FILTER if channels == 1 else _UP)
    ]
    body.append(packer.flush())
    parts = [SIGNATURE, *_chunk(b"IHDR", header)]
    if icc_profile:
        parts += _chunk(b"iCCP", b"ICC\0\0", zlib.compress(icc_profile))
    if exif:
        parts += _chunk(b"eXIf", exif.removeprefix(_EXIF))
    return b"".join((*parts, *_chunk(b"IDAT", *body), *_chunk(b"IEND")))


def encode_placed(crop: NDArray[np.uint8], place: tuple[int, int], size: tuple[int, int]) -> bytes:
    """An 8-bit grey PNG of *size* (width, height) that is 0 but for *crop* at *place* (x, y)."""
    return encode_rows(_placed(crop, place, size), size, 1)


def _placed(
    crop: NDArray[np.uint8], place: tuple[int, int], size: tuple[int, int]
) -> Iterator[NDArray[np.uint8]]:
    (x, y), (width, height) = place, size
    step = max(1, _BYTES_AT_A_TIME // width)
    rows = np.zeros((step, width), np.uint8)
    for begin, end, shown in (
        (0, y, None),
        (y, y + len(crop), crop),
        (y + len(crop), height, None),
    ):
        rows[:] = 0
        for first in range(begin, end, step):
            count = min(step, end - first)
            if shown is not None:
                rows[:count, x : x + crop.shape[1]] = shown[first - y : first - y + count]
            yield rows[:count]


def _filtered(bands: Iterable[NDArray[np.uint8]], kind: int) -> Iterator[NDArray[np.uint8]]:
    """The rows, each preceded by its filter's number and filtered by it."""
    above = np.zeros((), np.uint8)
    for rows in bands:
        raw = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
        raw[:, 0] = kind
        if kind == _NO_FILTER:
            raw[:, 1:] = rows
        else:
            np.subtract(rows[0], above, out=raw[0, 1:])
            np.subtract(rows[1:], rows[:-1], out=raw[1:, 1:])
            above = rows[-1].copy()
        yield raw


def _chunk(name: bytes, *data: bytes) -> list[bytes]:
    """A chunk in pieces: large ones are copied only once, when the file is put together."""
    checksum = 0
    for piece in (name, *data):
        checksum = crc32(piece, checksum)
    length = struct.pack(">I", sum(map(len, data)))
    return [length, name, *data, struct.pack(">I", checksum)]
