"""The provider's mask as a label map: one number per pixel, 0 background, 1..255 a person.

Nothing that could invent numbers is let through: no lossy format, no palette (whose indices most
readers turn into colours), no smoothing. The header is judged before a pixel is decoded.
"""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from shared.imaging.errors import MaskError, PictureError
from shared.imaging.facts import PictureFacts
from shared.imaging.plain_png import read_plain_grey
from shared.imaging.probe import probe

MOST_MASK_PIXELS: Final = 8192 * 8192
"""Far more than a mask of a picture within the provider's limits can have."""

_CODES: Final = {"jpeg": "mask_is_jpeg", "webp": "mask_is_lossy", "heic": "mask_is_lossy"}
_SIXTEEN_BITS: Final = 16
_EIGHT_BITS: Final = 8
_LOW_BYTES: Final = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}
"""Pillow keeps the upper bytes of 16-bit colour only; read as little-endian, it keeps the lower."""


def read_label_map(data: bytes) -> NDArray[np.uint8]:
    """The label map in *data*: uint8 of shape (height, width).

    Grey, grey and alpha, RGB and RGBA are taken, with 1 to 16 bits, as long as the colour
    channels agree and no number exceeds 255.

    Raises:
        MaskError: the mask cannot be trusted; `code` tells why.
    """
    facts = _facts(data)
    _refuse(facts)
    try:
        return _one_plane(_decode(data, facts))
    except (OSError, ValueError, SyntaxError, KeyError) as error:
        raise MaskError(f"the mask cannot be decoded: {error}") from error


def _facts(data: bytes) -> PictureFacts:
    try:
        return probe(data)
    except PictureError as error:
        raise MaskError(f"the mask is no picture: {error}") from error


def _refuse(facts: PictureFacts) -> None:
    if facts.format != "png":
        code = _CODES.get(facts.format, "mask_unreadable")
        raise MaskError(f"the mask is {facts.format.upper()}, not PNG", code=code)
    if facts.width * facts.height > MOST_MASK_PIXELS:
        stated = f"{facts.width} x {facts.height}"
        raise MaskError(f"the mask states {stated} px", code="mask_too_large")
    if facts.colour == "palette":
        raise MaskError("the mask has a palette", code="mask_is_palette")
    if not facts.complete:
        raise MaskError("the mask is cut off or damaged")


def _decode(data: bytes, facts: PictureFacts) -> NDArray[np.uint8]:
    """The pixels as they are stored, with colour channels where there are any."""
    if facts.bits == _EIGHT_BITS and facts.colour == "grey" and not facts.has_alpha:
        plain = read_plain_grey(data, facts.width, facts.height)
        if plain is not None:
            return plain
    image = Image.open(io.BytesIO(data), formats=("PNG",))
    if facts.bits < _EIGHT_BITS:
        return _unscaled(image, facts.bits)
    if facts.bits < _SIXTEEN_BITS:
        return np.asarray(image)
    if facts.colour == "grey":
        return _narrowed(_grey16(image))
    return _colour16(data)


def _unscaled(image: Image.Image, bits: int) -> NDArray[np.uint8]:
    """Pillow stretches 1-, 2- and 4-bit grey to 0..255; undo it."""
    step = 255 // ((1 << bits) - 1)
    plane: NDArray[np.uint8] = np.asarray(image.convert("L")) // step
    return plane


def _grey16(image: Image.Image) -> NDArray[np.uint16]:
    if image.mode != "I;16":
        raise MaskError("a mask of 16-bit grey with transparency is not read here")
    return np.asarray(image).astype(np.uint16)


def _narrowed(wide: NDArray[np.uint16]) -> NDArray[np.uint8]:
    if wide.max(initial=0) > 255:  # noqa: PLR2004 -- the largest number of a label map
        raise MaskError("the mask numbers people beyond 255", code="mask_too_many_people")
    return wide.astype(np.uint8)


def _colour16(data: bytes) -> NDArray[np.uint8]:
    upper = np.asarray(_open(data, low=False))
    if upper[..., :3].any():
        raise MaskError("the mask numbers people beyond 255", code="mask_too_many_people")
    return np.asarray(_open(data, low=True))


def _open(data: bytes, *, low: bool) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=("PNG",))
    if low and isinstance(image, PngImagePlugin.PngImageFile):
        image.tile = [
            tile._replace(args=_LOW_BYTES.get(str(tile.args), tile.args)) for tile in image.tile
        ]
    return image


def _one_plane(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The one number per pixel; the alpha channel, the last of 2 or 4, says nothing."""
    if pixels.ndim == 2:  # noqa: PLR2004 -- rows and columns, no channels
        return np.ascontiguousarray(pixels)
    colours = pixels[..., : pixels.shape[2] - (pixels.shape[2] + 1) % 2]
    first = np.ascontiguousarray(colours[..., 0])
    for channel in range(1, colours.shape[2]):
        if not np.array_equal(first, colours[..., channel]):
            raise MaskError("the mask's colour channels differ", code="mask_channels_differ")
    return first
