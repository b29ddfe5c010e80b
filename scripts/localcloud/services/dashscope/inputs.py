"""A task's input pictures: brought when it starts, and held against the model's rules."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from scripts.localcloud.services.dashscope.downloads import (
    Downloads,
    InputError,
    check_length,
    not_conforming,
    not_downloaded,
)

SHORTEST_SIDE, LONGEST_SIDE = 512, 4096
FORMATS = frozenset({"JPEG", "MPO", "PNG", "BMP", "WEBP"})
"""What both lists of the documentation allow, and BMP, which one of them does."""
SEGMENTATION, ERASE = "image-instance-segmentation", "image-erase-completion"
FindUpload = Callable[[str, str], "Path | None"]
ROLES = {"image_url": "image", "mask_url": "mask", "foreground_url": "foreground"}
"""Fields of a task's `input` and the names under which the engine gets their pictures."""


async def fetch_inputs(
    downloads: Downloads, model: str, inputs: dict[str, Any], find_upload: FindUpload
) -> dict[str, bytes]:
    """The pictures that the task names, by the engine's names for them.

    `find_upload` knows the file of an `oss://` address and a model, if there is one.

    Raises:
        InputError: one cannot be fetched, or is larger than the rule.
    """
    found = {}
    for field, role in ROLES.items():
        value = inputs.get(field)
        if isinstance(value, str) and value.startswith("oss://"):
            found[role] = await asyncio.to_thread(_uploaded, find_upload(value, model))
        elif isinstance(value, str) and value:
            found[role] = await _fetch(downloads, value, embedded=model != SEGMENTATION)
    return found


async def _fetch(downloads: Downloads, url: str, *, embedded: bool) -> bytes:
    if embedded and url.startswith("data:"):
        return _decoded(url)
    return await downloads.get(url)


def _uploaded(path: Path | None) -> bytes:
    if path is None or not path.is_file():
        raise not_downloaded()
    data = path.read_bytes()
    check_length(data)
    return data


def _decoded(url: str) -> bytes:
    _, _, encoded = url.partition("base64,")
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise InputError("InvalidParameter.ImageFormat", "read image error") from error
    check_length(data)
    return data


def check_inputs(model: str, pictures: dict[str, bytes]) -> None:
    """Hold the pictures against the rules of the models that have some. Decodes headers only.

    Raises:
        InputError: a picture is missing, unreadable, too small or too large.
    """
    if model not in {SEGMENTATION, ERASE}:
        return
    if not pictures.get("image"):
        raise InputError("InvalidParameter.ImageFormat", "read image error")
    size = _checked_size(model, pictures["image"], FORMATS)
    for role in ("mask", "foreground"):
        if role in pictures and _size_of(pictures[role], FORMATS | {"HEIF"}) != size:
            raise not_conforming(f"the {role} must have the size of the image")


def _checked_size(model: str, picture: bytes, formats: frozenset[str]) -> tuple[int, int]:
    size = _size_of(picture, formats)
    if all(SHORTEST_SIDE <= side <= LONGEST_SIDE for side in size):
        return size
    if model == ERASE:
        raise InputError(
            "InvalidParameter.ImageResolution", "the size of input image is too small or too large"
        )
    raise not_conforming(
        f"the width and height of the image must be {SHORTEST_SIDE} to {LONGEST_SIDE} pixels"
    )


def _size_of(picture: bytes, formats: frozenset[str]) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(picture)) as image:
            if image.format not in formats:
                raise UnidentifiedImageError(f"{image.format} is not accepted")
            return int(image.size[0]), int(image.size[1])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise not_conforming("the image has too many pixels") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError("InvalidParameter.ImageFormat", "read image error") from error
