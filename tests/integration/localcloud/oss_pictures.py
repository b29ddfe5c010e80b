"""Small pictures for the processing of a local OSS under test."""

from __future__ import annotations

import io
from typing import Any

import oss2
from PIL import ExifTags, Image


def halves(width: int = 400, height: int = 200) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), (255, 0, 0))
    image.paste((0, 0, 255), (width // 2, 0, width, height))
    return image


def written(image: Image.Image, codec: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, codec, **options)
    return buffer.getvalue()


def put(bucket: oss2.Bucket, image: Image.Image, codec: str = "PNG", **options: Any) -> None:
    bucket.put_object("p", written(image, codec, **options))


def processed(bucket: oss2.Bucket, process: str) -> Image.Image:
    body = bucket.get_object("p", process=process).read()
    image = Image.open(io.BytesIO(body))
    image.load()
    return image


def with_orientation(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = value
    exif[ExifTags.Base.Make] = "Maker"
    exif[ExifTags.Base.XResolution] = 72.5
    return exif


def pixel(image: Image.Image, at: tuple[int, int]) -> Any:
    return image.getpixel(at)


def close(pixel: Any, colour: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True))
