"""Photographs decoded with Pillow: upright, 8-bit RGB, bombs refused before a pixel is decoded."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from shared.imaging.errors import (
    PictureTooLargeError,
    TruncatedPictureError,
    UnreadablePictureError,
)
from shared.imaging.facts import PictureFacts
from shared.imaging.probe import probe

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS: Final = 8192 * 8192
"""Pictures beyond this are refused undecoded; as RGB it is 200 MB already."""

_WHITE: Final = (255, 255, 255)
_SIXTEEN_BITS: Final = 16
_PILLOW_NAMES: Final = {
    "jpeg": ("JPEG", "MPO"),
    "png": ("PNG",),
    "webp": ("WEBP",),
    "bmp": ("BMP",),
    "gif": ("GIF",),
    "tiff": ("TIFF",),
}
"""Pillow is told which decoder to use, so that no exotic one is reached by a forged header."""


def open_upright(data: bytes) -> Image.Image:
    """The picture in *data* as an upright Pillow image of mode RGB.

    Transparency is laid on white, CMYK converted (by its profile where it has one), 16 bits cut
    to their upper eight. An RGB colour profile stays in `info["icc_profile"]`; a profile of
    another colour model is dropped, as it no longer says anything true.

    Raises:
        PictureError: no picture, too many pixels, cut off, or unreadable.
    """
    facts = sound_facts(data)
    try:
        return _to_rgb(_turn(_load(data, facts), facts))
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError) as error:
        raise UnreadablePictureError(f"the picture cannot be decoded: {error}") from error


def sound_facts(data: bytes) -> PictureFacts:
    """What the header says, where that leaves hope that the picture can be decoded.

    Raises:
        PictureError: no picture, too many pixels, or cut off.
    """
    facts = probe(data)
    refuse_bomb(facts)
    if not facts.complete:
        raise TruncatedPictureError("the picture's end is missing or damaged")
    return facts


def refuse_bomb(facts: PictureFacts) -> None:
    """Raise PictureTooLargeError where the header states more pixels than are decoded here."""
    if facts.width * facts.height > MOST_PIXELS:
        stated = f"{facts.width} x {facts.height}"
        raise PictureTooLargeError(f"{stated} px are more than the {MOST_PIXELS} decoded here")


def _load(data: bytes, facts: PictureFacts) -> Image.Image:
    from PIL import Image  # noqa: PLC0415 -- Pillow is heavy; whoever only probes must not pay

    if facts.format == "heic":
        return _load_heic(data)
    image = Image.open(io.BytesIO(data), formats=_PILLOW_NAMES[facts.format])
    image.load()
    return image


def _load_heic(data: bytes) -> Image.Image:
    import pillow_heif  # noqa: PLC0415 -- as above, and rarer

    try:
        image: Image.Image = pillow_heif.open_heif(data).to_pillow()
    except RuntimeError as error:
        raise UnreadablePictureError(f"the HEIC file cannot be decoded: {error}") from error
    return image


def _turn(image: Image.Image, facts: PictureFacts) -> Image.Image:
    """Apply the EXIF orientation. TIFF files Pillow has turned itself when it loaded them."""
    from PIL.Image import Transpose  # noqa: PLC0415 -- as above

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    if facts.orientation == 1 or facts.format == "tiff":
        return image
    turned = image.transpose(turns[facts.orientation])
    turned.info.update(image.info)
    return turned


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in {"I;16", "I;16B", "I;16L", "I"}:
        return _upper_bits(image).convert("RGB")
    if image.mode == "CMYK":
        return _from_cmyk(image)
    if image.has_transparency_data:
        return _on_white(image)
    profile = rgb_profile(image)
    image = image if image.mode == "RGB" else image.convert("RGB")
    image.info["icc_profile"] = profile
    return image


def rgb_profile(image: Image.Image) -> bytes | None:
    """The embedded profile where it speaks of RGB (ICC.1: the colour space stands at byte 16)."""
    profile = image.info.get("icc_profile")
    return profile if isinstance(profile, bytes) and profile[16:20] == b"RGB " else None


def _upper_bits(image: Image.Image) -> Image.Image:
    import numpy as np  # noqa: PLC0415 -- only 16-bit grey pictures need it here
    from PIL import Image  # noqa: PLC0415 -- as above

    wide = np.asarray(image).astype(np.int64)
    return Image.fromarray(np.clip(wide >> 8, 0, 255).astype(np.uint8))


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image  # noqa: PLC0415 -- as above

    profile = rgb_profile(image)
    layered = image.convert("RGBA")
    flat = Image.new("RGB", image.size, _WHITE)
    flat.paste(layered, mask=layered.getchannel("A"))
    flat.info["icc_profile"] = profile
    return flat


def _from_cmyk(image: Image.Image) -> Image.Image:
    """By the embedded profile into sRGB; without one, or with a broken one, by plain arithmetic."""
    from PIL import Image, ImageCms  # noqa: PLC0415 -- as above

    profile = image.info.get("icc_profile")
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                image,
                io.BytesIO(profile),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        except (ImageCms.PyCMSError, OSError):
            converted = None
        if isinstance(converted, Image.Image):
            converted.info.pop("icc_profile", None)
            return converted
    plain = image.convert("RGB")
    plain.info.pop("icc_profile", None)
    return plain
