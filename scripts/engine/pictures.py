"""Bytes to pixels and back."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scripts.engine.arrays import LabelMap, Rgb
from scripts.engine.errors import UnreadablePictureError

if TYPE_CHECKING:
    from PIL import Image

LARGEST_PIXELS = 100_000_000


def decode(content: bytes) -> Rgb:
    """An upright RGB picture [h, w, 3], its EXIF orientation applied, transparency on white.

    Raises:
        UnreadablePictureError: the bytes are no picture, are cut short, or are absurdly large.
    """
    from PIL import Image, ImageOps

    _register_heif()
    try:
        with Image.open(io.BytesIO(content)) as picture:
            _refuse_absurd(picture.size)
            return np.array(_flat(ImageOps.exif_transpose(picture)), dtype=np.uint8)
    except Exception as error:  # Pillow raises whatever a decoder stumbles on
        raise UnreadablePictureError from error


def _refuse_absurd(size: tuple[int, int]) -> None:
    if size[0] * size[1] > LARGEST_PIXELS:
        raise UnreadablePictureError


def decode_grey(content: bytes) -> LabelMap:
    """A mask [h, w]: the largest channel of each pixel, since a mask says "not zero".

    Raises:
        UnreadablePictureError: as `decode`.
    """
    return np.asarray(decode(content).max(axis=2), dtype=np.uint8)


def encode_png(pixels: Rgb | LabelMap) -> bytes:
    """PNG of [h, w] (8-bit grey) or [h, w, 3] (RGB)."""
    import cv2

    bgr = pixels if pixels.ndim == 2 else pixels[..., ::-1]  # noqa: PLR2004  # a plane
    done, content = cv2.imencode(".png", np.ascontiguousarray(bgr))
    if not done:
        raise ValueError(f"cannot encode pixels of shape {pixels.shape}")
    return content.tobytes()


def _flat(picture: Image.Image) -> Image.Image:
    from PIL import Image

    if picture.mode.startswith("I"):
        return Image.fromarray(_eight_bit(np.asarray(picture))).convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(white, layered).convert("RGB")
    return picture.convert("RGB")


def _eight_bit(grey: NDArray[np.integer]) -> LabelMap:
    """Grey values of 16 bits as 8; Pillow's own conversion would turn most of them white."""
    deep = 257 if grey.max(initial=0) > 255 else 1  # noqa: PLR2004  # what 8 bits hold
    return np.asarray(np.clip(grey // deep, 0, 255), dtype=np.uint8)


def _register_heif() -> None:
    """HEIC needs a plug-in; without it such a picture counts as unreadable."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return
    register_heif_opener()
