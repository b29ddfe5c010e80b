"""What a camera wrote into a photograph, and how much of it a picture made from that may carry.

EXIF alone is carried over (EXIF 2.32). XMP, IPTC and maker's notes never are: they repeat places
and names where nobody looks for them, and maker's notes point into the file that they came from.
Nor is what a new picture makes untrue: orientation, sizes, and the small copy of the photograph,
which would still show whoever was taken out.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Mapping
from typing import Any, Final

from PIL import Image

from shared.imaging.errors import PictureError
from shared.imaging.options.picture import KEEP, NO_METADATA
from shared.imaging.probe import probe

_EXIF_IFD: Final = 0x8769
_GPS_IFD: Final = 0x8825
_UNTRUE: Final = frozenset(
    {
        *(0x0100, 0x0101, 0x0102, 0x0103, 0x0106, 0x0112, 0x0115),  # size, coding, orientation
        *(0x0111, 0x0116, 0x0117, 0x011C, 0x0142, 0x0143, 0x0144, 0x0145),  # where pixels lie
        *(0x0201, 0x0202, 0x0211, 0x0212, 0x0213, 0x0214),  # the small copy, and JPEG's colours
        *(0xA002, 0xA003, 0xA005, 0xA214, 0x9214),  # size, interoperability, where the subject is
        *(0x8773, 0xA001),  # colour profile and space: the file's own say it
        *(0x02BC, 0x83BB, 0x8649),  # XMP, IPTC, Photoshop's
        *(0x927C, 0xC4A5, 0xC634),  # notes of makers, and of printers
        *(0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F),  # Windows' copies of title, author, keywords
    }
)
_PLACE: Final = frozenset({_GPS_IFD, 0x9C9E, 0xA430, 0xA431, 0xA435, 0x9216, 0x9213})
"""The place, and what tells a place or a person: the owner's name, serial numbers, locations."""
_UNREADABLE: Final = (
    *(PictureError, OSError, ValueError, SyntaxError, KeyError, TypeError),
    *(AttributeError, IndexError, OverflowError, EOFError, struct.error),
)
"""Whatever Pillow stumbles over in a block that somebody has damaged."""
_LARGEST: Final = 60_000
"""Bytes; JPEG holds 65,533 in one segment (ITU-T T.81, B.2.4), and no camera writes so many."""


def exif_for(photo: bytes, policy: str) -> bytes:
    """The EXIF block for pictures made from *photo*, beginning with `Exif`; empty for none.

    *policy* is `none`, `no-gps` (without place, owner and serial numbers) or `keep`. What cannot
    be read or does not fit is left out: it is never worth a picture.
    """
    if policy == NO_METADATA:
        return b""
    left_out = _UNTRUE if policy == KEEP else _UNTRUE | _PLACE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow tells of each field that it leaves out
            kept = _kept(_read(photo), left_out)
            data: bytes = kept.tobytes() if kept else b""
    except _UNREADABLE:
        return b""
    return data if len(data) <= _LARGEST else b""


def _read(photo: bytes) -> Image.Exif:
    if probe(photo).format == "heic":
        import pillow_heif  # noqa: PLC0415 -- rare, and heavy

        exif = Image.Exif()
        exif.load(pillow_heif.open_heif(photo).info.get("exif") or b"")
        return exif
    with Image.open(io.BytesIO(photo)) as image:
        found: Image.Exif = image.getexif()
        return found


def _kept(found: Image.Exif, left_out: frozenset[int]) -> Image.Exif:
    kept = Image.Exif()
    for tag, value in found.items():
        if tag not in left_out and tag not in {_EXIF_IFD, _GPS_IFD}:
            kept[tag] = value
    for ifd in {_EXIF_IFD, _GPS_IFD} - left_out:
        inner = _inner(found.get_ifd(ifd), left_out)
        if inner:
            kept[ifd] = inner
    return kept


def _inner(values: Mapping[int, Any], left_out: frozenset[int]) -> dict[int, Any]:
    return {tag: value for tag, value in values.items() if tag not in left_out}
