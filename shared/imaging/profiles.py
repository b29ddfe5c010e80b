"""Colour profiles: pictures for screens are sRGB."""

from __future__ import annotations

import io

from PIL import Image


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
