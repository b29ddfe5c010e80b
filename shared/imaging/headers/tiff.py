"""TIFF directories: of TIFF files, and of the EXIF blocks in all other formats (TIFF 6.0)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.imaging.errors import TruncatedPictureError, UnsupportedFormatError
from shared.imaging.facts import PictureFacts

_SUBFILE_TYPE: Final = 254
_WIDTH: Final = 256
_HEIGHT: Final = 257
_BITS: Final = 258
_PHOTOMETRIC: Final = 262
_STRIP_OFFSETS: Final = 273
_ORIENTATION: Final = 274
_STRIP_COUNTS: Final = 279
_TILE_OFFSETS: Final = 324
_TILE_COUNTS: Final = 325
_EXTRA_SAMPLES: Final = 338
_SAMPLE_FORMAT: Final = 339
_DNG_VERSION: Final = 50706

_INTEGER_TYPES: Final = {1: "B", 3: "H", 4: "I"}
_COLOURS: Final = {0: "grey", 1: "grey", 2: "rgb", 3: "palette", 5: "cmyk", 6: "rgb"}
_LAST_ORIENTATION: Final = 8
_MOST_VALUES: Final = 1 << 20
_UNSIGNED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """One image file directory: its integer fields by tag, and the next one's place (0: none)."""

    fields: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    next_offset: int = 0

    def first(self, tag: int, default: int = 0) -> int:
        """The first value of a field, or *default* where the field is absent or not integer."""
        values = self.fields.get(tag, ())
        return values[0] if values else default


def byte_order(data: bytes, base: int = 0) -> str | None:
    """The `struct` prefix of a TIFF block that begins at *base*; None where none begins there."""
    return {b"II*\0": "<", b"MM\0*": ">"}.get(data[base : base + 4])


def read_directory(data: bytes, order: str, offset: int, base: int = 0) -> Directory:
    """The directory at *offset* of the TIFF block that begins at *base*.

    Raises:
        TruncatedPictureError: the directory lies (partly) behind the end.
    """
    try:
        (count,) = struct.unpack_from(order + "H", data, base + offset)
        position = base + offset + 2
        fields = {}
        for entry in range(count):
            tag, values = _read_entry(data, order, position + 12 * entry, base)
            fields[tag] = values
        (next_offset,) = struct.unpack_from(order + "I", data, position + 12 * count)
    except struct.error as error:
        raise TruncatedPictureError("the TIFF directory is cut off") from error
    return Directory(fields=fields, next_offset=next_offset)


def _read_entry(data: bytes, order: str, position: int, base: int) -> tuple[int, tuple[int, ...]]:
    tag, kind, count = struct.unpack_from(order + "HHI", data, position)
    letter = _INTEGER_TYPES.get(kind)
    if letter is None or count > _MOST_VALUES:
        return tag, ()
    layout = f"{order}{count}{letter}"
    where = position + 8
    if struct.calcsize(layout) > 4:  # noqa: PLR2004 -- an entry holds four bytes itself
        (offset,) = struct.unpack_from(order + "I", data, where)
        where = base + offset
    return tag, struct.unpack_from(layout, data, where)


def orientation_of(exif: bytes) -> int:
    """The EXIF orientation (1..8) of a TIFF-shaped EXIF block; 1 where it says nothing sound.

    The leading `Exif` and two NULs, which JPEG demands and others sometimes carry, are skipped.
    A damaged EXIF block never makes a picture unreadable.
    """
    base = 6 if exif.startswith(b"Exif\0") else 0
    order = byte_order(exif, base)
    if order is None:
        return 1
    try:
        (offset,) = struct.unpack_from(order + "I", exif, base + 4)
        return _sound_orientation(_orientation_entry(exif, order, base + offset))
    except struct.error:
        return 1


def _orientation_entry(data: bytes, order: str, offset: int) -> int:
    """Read one field only: the others may be damaged without harm."""
    (count,) = struct.unpack_from(order + "H", data, offset)
    for entry in range(count):
        tag, kind, _ = struct.unpack_from(order + "HHI", data, offset + 2 + 12 * entry)
        if tag == _ORIENTATION:
            letter = _INTEGER_TYPES.get(kind, "H")
            return int(struct.unpack_from(order + letter, data, offset + 10 + 12 * entry)[0])
    return 1


def _sound_orientation(value: int) -> int:
    return value if 1 <= value <= _LAST_ORIENTATION else 1


def parse(data: bytes) -> PictureFacts:
    """The facts of a TIFF file's first page.

    Raises:
        UnsupportedFormatError: BigTIFF, a camera's raw file, or floating-point samples.
        TruncatedPictureError: the first directory is cut off.
    """
    order = byte_order(data)
    if order is None:
        raise UnsupportedFormatError("BigTIFF is not read here")
    offset = int.from_bytes(data[4:8], "little" if order == "<" else "big")
    directory = read_directory(data, order, offset)
    _refuse_foreign(data, directory)
    return PictureFacts(
        format="tiff",
        width=directory.first(_WIDTH),
        height=directory.first(_HEIGHT),
        orientation=_sound_orientation(directory.first(_ORIENTATION, 1)),
        bits=directory.first(_BITS, 1),
        colour=_COLOURS[directory.first(_PHOTOMETRIC)],
        has_alpha=bool(directory.fields.get(_EXTRA_SAMPLES)),
        frames=1 + _has_second_page(data, order, directory),
        complete=_is_complete(directory, len(data)),
    )


def _refuse_foreign(data: bytes, directory: Directory) -> None:
    raw = (
        data[8:10] == b"CR"
        or _DNG_VERSION in directory.fields
        or directory.first(_SUBFILE_TYPE) & 1
    )
    if raw:
        raise UnsupportedFormatError("a camera's raw file is not read here")
    if directory.first(_PHOTOMETRIC) not in _COLOURS:
        raise UnsupportedFormatError("a TIFF of this colour model is not read here")
    if directory.first(_SAMPLE_FORMAT, _UNSIGNED) != _UNSIGNED:
        raise UnsupportedFormatError("a TIFF with signed or floating-point samples is not read")


def _has_second_page(data: bytes, order: str, directory: Directory) -> bool:
    """Whether another full page follows; a reduced copy (a preview) is none."""
    if not directory.next_offset:
        return False
    try:
        following = read_directory(data, order, directory.next_offset)
    except TruncatedPictureError:
        return False
    return not following.first(_SUBFILE_TYPE) & 1


def _is_complete(directory: Directory, size: int) -> bool:
    strips = (_STRIP_OFFSETS, _STRIP_COUNTS)
    tiles = (_TILE_OFFSETS, _TILE_COUNTS)
    offsets_tag, counts_tag = strips if _STRIP_OFFSETS in directory.fields else tiles
    offsets = directory.fields.get(offsets_tag, ())
    counts = directory.fields.get(counts_tag, ())
    parts = zip(offsets, counts, strict=False)
    return bool(offsets) and all(start + length <= size for start, length in parts)
