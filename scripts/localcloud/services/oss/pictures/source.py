"""Opening a picture within OSS's limits, whatever its file holds.

The plugin is chosen by the first bytes and its size is checked before a pixel is decoded, so a
small file that unfolds into gigabytes is refused by its header.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from scripts.localcloud.services.oss.exceptions import OssError

LARGEST_FILE = 20 * 2**20
LONGEST_SIDE = 30_000
MOST_PIXELS = 250_000_000
HEAD = 16
Opener = Callable[[IO[bytes]], ImageFile.ImageFile]
PLAIN_MODES = frozenset({"RGB", "RGBA", "L"})
WIDE_MODES = frozenset({"I;16", "I;16B", "I;16L", "I"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An opened picture. `kind`: jpg, png, gif, bmp, webp or tiff; `size`: bytes of the file."""

    image: ImageFile.ImageFile
    kind: str
    size: int


def _openers() -> dict[str, Opener]:
    return {
        "jpg": JpegImagePlugin.JpegImageFile,
        "png": PngImagePlugin.PngImageFile,
        "gif": GifImagePlugin.GifImageFile,
        "bmp": BmpImagePlugin.BmpImageFile,
        "webp": WebPImagePlugin.WebPImageFile,
        "tiff": TiffImagePlugin.TiffImageFile,
    }


def kind_of(head: bytes) -> str:
    """The format that a file's first bytes tell; empty for another."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    beginnings = {
        b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png", b"GIF87a": "gif", b"GIF89a": "gif",
        b"BM": "bmp", b"II*\x00": "tiff", b"MM\x00*": "tiff",
    }  # fmt: skip
    return next((kind for mark, kind in beginnings.items() if head.startswith(mark)), "")


def open_picture(file: IO[bytes], size: int) -> Source:
    """Open the picture in a file of `size` bytes; nothing is decoded yet. The file stays open.

    Raises:
        OssError: ImageTooLarge, BadRequest (not a format that OSS reads), ImageDamage.
    """
    if size > LARGEST_FILE:
        raise too_large(f"The picture's file exceeds {LARGEST_FILE // 2**20} MB.")
    kind = kind_of(file.read(HEAD))
    file.seek(0)
    if not kind:
        raise OssError(400, "BadRequest", "This image format is not supported.")
    try:
        image = _openers()[kind](file)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        raise damaged() from None
    _check_size(image)
    return Source(image=image, kind=kind, size=size)


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width <= LONGEST_SIDE and height <= LONGEST_SIDE and width * height <= MOST_PIXELS:
        return
    raise too_large(f"The picture of {width} x {height} pixels is too large.")


def decoded(source: Source) -> Image.Image:
    """The first frame, as L, RGB or RGBA with eight bits a channel.

    Raises:
        OssError: ImageDamage.
    """
    try:
        source.image.load()
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        raise damaged() from None
    return plain(source.image)


def plain(image: Image.Image) -> Image.Image:
    """The picture as L, RGB or RGBA with eight bits a channel."""
    if image.mode in PLAIN_MODES:
        return image
    if image.mode in WIDE_MODES:
        wide = np.asarray(image).astype(np.int64)
        return Image.fromarray((np.clip(wide, 0, 0xFFFF) >> 8).astype(np.uint8))
    if image.mode == "CMYK":
        image.info.pop("icc_profile", None)  # it describes inks, not the result's colours
    transparent = image.mode in {"LA", "PA", "La", "RGBa"} or "transparency" in image.info
    return image.convert("RGBA" if transparent else "L" if image.mode == "1" else "RGB")


def damaged() -> OssError:
    """The file begins like a picture and is none."""
    return OssError(400, "ImageDamage", "The image file may be damaged.")


def too_large(message: str) -> OssError:
    """A picture exceeds the limits of processing."""
    return OssError(400, "ImageTooLarge", message)
