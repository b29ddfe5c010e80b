"""Builders of pictures for tests: ordinary ones, and the awkward ones of the real world.

All are made on the spot from a few numbers; nothing is read from disk.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ORIENTATION = 0x0112
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def scene(width: int, height: int) -> NDArray[np.uint8]:
    """A smooth colour gradient: every corner differs, so that turns show."""
    across = np.linspace(0, 255, width, dtype=np.uint8)[np.newaxis, :]
    down = np.linspace(0, 255, height, dtype=np.uint8)[:, np.newaxis]
    planes = np.broadcast_arrays(across, down, 255 - across // 2 - down // 2)
    return np.stack(planes, axis=2).astype(np.uint8)


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """*image* in Pillow's format *kind*."""
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 512), **options: Any) -> bytes:
    """An RGB scene of *size* (width, height) in one of Pillow's formats."""
    return encode(Image.fromarray(scene(*size)), kind, **options)


def turned(orientation: int, kind: str = "JPEG", size: tuple[int, int] = (640, 512)) -> bytes:
    """A scene whose EXIF block asks readers for a turn; *size* is as stored."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return picture(kind, size, exif=exif.tobytes())


def cmyk_jpeg(size: tuple[int, int] = (640, 512)) -> bytes:
    return encode(Image.fromarray(scene(*size)).convert("CMYK"), "JPEG")


def grey_jpeg(size: tuple[int, int] = (640, 512)) -> bytes:
    return encode(Image.fromarray(scene(*size)).convert("L"), "JPEG")


def transparent_png(size: tuple[int, int] = (640, 512)) -> bytes:
    """RGBA: the left half opaque, the right half fully transparent over a loud colour."""
    image = Image.fromarray(scene(*size)).convert("RGBA")
    alpha = np.zeros((size[1], size[0]), np.uint8)
    alpha[:, : size[0] // 2] = 255
    image.putalpha(Image.fromarray(alpha))
    return encode(image, "PNG")


def animated(kind: str, size: tuple[int, int] = (640, 512)) -> bytes:
    """Two different frames: GIF, PNG (APNG), WEBP, or TIFF (two pages)."""
    first = Image.fromarray(scene(*size))
    second = first.transpose(Image.Transpose.ROTATE_180)
    return encode(first, kind, save_all=True, append_images=[second])


def heic(size: tuple[int, int] = (640, 512)) -> bytes:
    import pillow_heif

    image = Image.fromarray(scene(*size))
    target = io.BytesIO()
    pillow_heif.from_pillow(image).save(target, quality=90)
    return target.getvalue()


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def raw_png(rows: NDArray[Any], bits: int, colour_type: int) -> bytes:
    """A PNG of *rows* (height, bytes or samples per row), unfiltered, with any header."""
    samples = rows.shape[1] if rows.ndim > 1 else 0
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type]
    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    header = struct.pack(">IIBBBBB", samples // channels, len(rows), bits, colour_type, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND")


def wide_png(pixels: NDArray[Any]) -> bytes:
    """A 16-bit PNG of *pixels*: (height, width), or with 2 to 4 channels."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    rows = pixels.astype(">u2").reshape(pixels.shape[0], -1)
    return raw_png(rows, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels])


def bomb_png(width: int, height: int) -> bytes:
    """A well-formed PNG of a few kilobytes that states a huge size and holds little."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20), 9)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND")


def label_png(label_map: NDArray[np.uint8]) -> bytes:
    """The provider's mask as 8-bit grey PNG."""
    return encode(Image.fromarray(label_map), "PNG")


def two_people(width: int = 640, height: int = 512) -> NDArray[np.uint8]:
    """A label map: person 2 on the left (touching the lower edge), person 1 on the right."""
    label_map = np.zeros((height, width), np.uint8)
    label_map[height // 4 :, width // 8 : width * 3 // 8] = 2
    label_map[height // 8 : height // 2, width * 5 // 8 : width * 7 // 8] = 1
    return label_map


AWKWARD: Mapping[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"This is a shopping list, not a picture.\n" * 20,
    "three-bytes": lambda: b"\xff\xd8\xff",
    "jpeg-cut": lambda: picture()[:-2000],
    "png-cut": lambda: picture("PNG")[:-2000],
    "png-damaged": lambda: picture("PNG").replace(b"IDAT", b"IDAU", 1),
    "bomb": lambda: bomb_png(50_000, 50_000),
    "turned": lambda: turned(6),
    "mirrored": lambda: turned(2),
    "png-turned": lambda: turned(8, "PNG"),
    "webp-turned": lambda: turned(6, "WEBP"),
    "cmyk": cmyk_jpeg,
    "grey": grey_jpeg,
    "progressive": lambda: picture(progressive=True),
    "transparent": transparent_png,
    "palette": lambda: encode(Image.fromarray(scene(640, 512)).quantize(16), "PNG"),
    "sixteen-bit": lambda: wide_png(scene(640, 512).astype(np.uint16) * 257),
    "bmp": lambda: picture("BMP"),
    "gif": lambda: picture("GIF"),
    "tiff": lambda: picture("TIFF"),
    "tiff-lzw": lambda: picture("TIFF", compression="tiff_lzw"),
    "webp": lambda: picture("WEBP"),
    "webp-lossless": lambda: picture("WEBP", lossless=True),
    "gif-animated": lambda: animated("GIF"),
    "png-animated": lambda: animated("PNG"),
    "webp-animated": lambda: animated("WEBP"),
    "tiff-pages": lambda: animated("TIFF"),
    "heic": heic,
    "small": lambda: picture(size=(300, 400)),
    "tiny": lambda: picture("PNG", size=(8, 8)),
    "large": lambda: picture(size=(5000, 1000)),
    "ribbon": lambda: picture(size=(3000, 300)),
}
"""Awkward pictures by name; each call makes a fresh one."""


def swapped_profile() -> bytes:
    """A colour profile in which red means sRGB's green and green its red: nobody can miss it."""
    from PIL import ImageCms

    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return srgb.replace(b"rXYZ", b"tXYZ").replace(b"gXYZ", b"rXYZ").replace(b"tXYZ", b"gXYZ")
