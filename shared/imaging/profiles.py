"""Colour profiles: pictures for screens are sRGB."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.photo import Photo

if TYPE_CHECKING:
    from PIL import ImageCms

_ROWS_AT_A_TIME: Final = 256
"""Converted at once, so that a large picture is not in memory four times."""
_NOTICEABLE: Final = 2
"""A profile that moves no colour further than this, of 255, is sRGB by another name."""
_STEPS: Final = (0, 51, 102, 153, 204, 255)


def in_srgb(photo: Photo) -> Photo:
    """*photo* in sRGB, without a profile. One that cannot be read changes no number."""
    if photo.icc_profile is None:
        return photo
    transform = _transform(photo.icc_profile)
    if transform is None or _is_idle(transform):
        return replace(photo, icc_profile=None)
    rgb = np.empty_like(photo.rgb)
    for first in range(0, photo.height, _ROWS_AT_A_TIME):
        rows = slice(first, first + _ROWS_AT_A_TIME)
        rgb[rows] = _converted(photo.rgb[rows], transform)
    return replace(photo, rgb=rgb, icc_profile=None)


def _transform(profile: bytes) -> ImageCms.ImageCmsTransform | None:
    from PIL import ImageCms  # noqa: PLC0415 -- most photographs have no profile

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    except (ImageCms.PyCMSError, OSError):
        return None


def _is_idle(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether a grid of colours stays where it is."""
    grid = np.stack(np.meshgrid(_STEPS, _STEPS, _STEPS), axis=-1).reshape(1, -1, 3)
    colours = grid.astype(np.uint8)
    moved = np.abs(_converted(colours, transform).astype(int) - grid)
    return bool(moved.max() <= _NOTICEABLE)


def _converted(rgb: NDArray[np.uint8], transform: Any) -> NDArray[np.uint8]:
    from PIL import ImageCms  # noqa: PLC0415 -- as above

    converted = ImageCms.applyTransform(Image.fromarray(rgb), transform)
    return rgb if converted is None else np.asarray(converted)


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """*image* (RGB or RGBA) in sRGB, where its numbers so far mean colours of *profile*.

    A profile that cannot be read changes nothing: the numbers are then as good as any.
    """
    if not profile:
        return image
    from PIL import ImageCms  # noqa: PLC0415 -- most photographs have no profile but sRGB's

    rgb = image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(rgb, source, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError):
        return image
    if converted is None:
        return image
    if image.mode == "RGBA":
        converted.putalpha(image.getchannel("A"))
    converted.info.pop("icc_profile", None)
    return converted
