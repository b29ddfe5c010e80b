"""`image/info`: what a picture's header and EXIF say, every value a string."""

from __future__ import annotations

import json
import struct
from typing import Any

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from scripts.localcloud.services.oss.pictures.source import Source

UNREADABLE = (OSError, SyntaxError, ValueError, KeyError, TypeError, struct.error)
"""What Pillow raises over EXIF, which is anybody's writing."""
Information = dict[str, dict[str, str]]


def information(source: Source) -> bytes:
    """The JSON document about a picture; its pixels are not decoded."""
    facts: Information = {
        "FileSize": {"value": str(source.size)},
        "Format": {"value": source.kind},
        "ImageHeight": {"value": str(source.image.height)},
        "ImageWidth": {"value": str(source.image.width)},
    }
    for name, value in sorted(exif_of(source.image).items()):
        facts.setdefault(name, {"value": value})
    return json.dumps(facts, indent=2, sort_keys=True).encode()


def exif_of(image: Image.Image) -> dict[str, str]:
    """EXIF values by the standard's tag names; what is binary or unreadable is left out."""
    exif = readable_exif(image)
    try:
        entries = {
            **_named(dict(exif), ExifTags.TAGS),
            **_named(exif.get_ifd(ExifTags.IFD.Exif), ExifTags.TAGS),
            **_named(exif.get_ifd(ExifTags.IFD.GPSInfo), ExifTags.GPSTAGS),
        }
    except UNREADABLE:
        return {}
    written = {name: _written(value) for name, value in entries.items()}
    return {name: text for name, text in written.items() if text is not None}


def readable_exif(image: Image.Image) -> Image.Exif:
    """The picture's EXIF; empty where it cannot be read."""
    try:
        return image.getexif()
    except UNREADABLE:
        return Image.Exif()


def _named(entries: dict[int, Any], names: dict[int, str]) -> dict[str, Any]:
    return {names[tag]: value for tag, value in entries.items() if tag in names}


def _written(value: Any) -> str | None:
    if isinstance(value, IFDRational):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, str):
        return value.rstrip("\x00")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        parts = [_written(part) for part in value]
        return None if None in parts else " ".join(part for part in parts if part is not None)
    return None
