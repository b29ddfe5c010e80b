"""Finished files, as the recipes yield them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PNG: Final = "image/png"
WEBP: Final = "image/webp"
JPEG: Final = "image/jpeg"
JSON: Final = "application/json"
XML: Final = "application/xml"
TEXT: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedFile:
    """One file of the result set; `name` is relative to the set's own folder."""

    name: str
    media_type: str
    data: bytes
