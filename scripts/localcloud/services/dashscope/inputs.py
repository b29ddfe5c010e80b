"""A task's input pictures: fetched when it starts, and held against the model's rules."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import ipaddress
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from PIL import Image, UnidentifiedImageError
from yarl import URL

LARGEST = 10 * 1024 * 1024
SHORTEST_SIDE, LONGEST_SIDE = 512, 4096
FORMATS = frozenset({"JPEG", "MPO", "PNG", "BMP", "WEBP"})
"""What both lists of the documentation allow, and BMP, which one of them does."""
PATIENCE = aiohttp.ClientTimeout(total=60, connect=10)
SEGMENTATION, ERASE = "image-instance-segmentation", "image-erase-completion"
FindUpload = Callable[[str, str], "Path | None"]
ROLES = {"image_url": "image", "mask_url": "mask", "foreground_url": "foreground"}
"""Fields of a task's `input` and the names under which the engine gets their pictures."""


class InputError(Exception):
    """The task fails with this code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def _not_downloaded() -> InputError:
    return InputError("InvalidParameter.FileDownload", "download for input_image error")


def _not_conforming(what: str) -> InputError:
    return InputError(
        "InvalidParameter", f"the parameters must conform to the specification: {what}"
    )


async def fetch_inputs(
    session: aiohttp.ClientSession, model: str, inputs: dict[str, Any], find_upload: FindUpload
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
            found[role] = await _fetch(session, value, embedded=model != SEGMENTATION)
    return found


async def _fetch(session: aiohttp.ClientSession, url: str, *, embedded: bool) -> bytes:
    if embedded and url.startswith("data:"):
        return _decoded(url)
    if not _is_reachable(url):
        raise _not_downloaded()
    try:
        return await _download(session, url)
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError, OSError) as error:
        raise _not_downloaded() from error


def _uploaded(path: Path | None) -> bytes:
    if path is None or not path.is_file():
        raise _not_downloaded()
    data = path.read_bytes()
    _check_length(data)
    return data


def _decoded(url: str) -> bytes:
    _, _, encoded = url.partition("base64,")
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise InputError("InvalidParameter.ImageFormat", "read image error") from error
    _check_length(data)
    return data


def _is_reachable(url: str) -> bool:
    """Plain ASCII over HTTP, and on this machine: the local cloud calls nobody else."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not url.isascii() or parts.scheme not in {"http", "https"}:
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _download(session: aiohttp.ClientSession, url: str) -> bytes:
    headers = {"Accept-Encoding": "identity"}
    place = URL(url, encoded=True)  # a signature covers the escapes as they are
    async with session.get(
        place, timeout=PATIENCE, headers=headers, allow_redirects=False
    ) as response:
        if response.status != 200:  # noqa: PLR2004 - HTTP's own number
            raise _not_downloaded()
        data = bytearray()
        async for chunk in response.content.iter_chunked(1 << 16):
            data += chunk
            _check_length(data)
    return bytes(data)


def _check_length(data: bytes | bytearray) -> None:
    if len(data) > LARGEST:
        raise _not_conforming("the size of the input image must not exceed 10 MB")


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
            raise _not_conforming(f"the {role} must have the size of the image")


def _checked_size(model: str, picture: bytes, formats: frozenset[str]) -> tuple[int, int]:
    size = _size_of(picture, formats)
    if all(SHORTEST_SIDE <= side <= LONGEST_SIDE for side in size):
        return size
    if model == ERASE:
        raise InputError(
            "InvalidParameter.ImageResolution", "the size of input image is too small or too large"
        )
    raise _not_conforming(
        f"the width and height of the image must be {SHORTEST_SIDE} to {LONGEST_SIDE} pixels"
    )


def _size_of(picture: bytes, formats: frozenset[str]) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(picture)) as image:
            if image.format not in formats:
                raise UnidentifiedImageError(f"{image.format} is not accepted")
            return int(image.size[0]), int(image.size[1])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _not_conforming("the image has too many pixels") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError("InvalidParameter.ImageFormat", "read image error") from error
