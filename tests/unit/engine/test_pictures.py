from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from scripts.engine.errors import UnreadablePictureError
from scripts.engine.pictures import decode, decode_grey, encode_png


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP", "TIFF", "GIF"])
def test_reads_what_the_provider_reads(kind: str) -> None:
    content = encoded(Image.new("RGB", (30, 20), (255, 0, 0)), kind)

    pixels = decode(content)

    assert pixels.shape == (20, 30, 3)
    assert np.abs(pixels[10, 15].astype(int) - (255, 0, 0)).max() < 12


def test_turns_a_picture_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(Image.new("RGB", (30, 20)), "JPEG", exif=exif)

    assert decode(content).shape == (30, 20, 3)


def test_lays_transparency_on_white() -> None:
    content = encoded(Image.new("RGBA", (8, 8), (0, 0, 0, 0)), "PNG")

    assert decode(content)[4, 4].tolist() == [255, 255, 255]


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0" + b"\0" * 50])
def test_says_what_the_provider_says_of_anything_else(content: bytes) -> None:
    with pytest.raises(UnreadablePictureError) as raised:
        decode(content)

    assert (raised.value.code, raised.value.message) == (
        "InvalidParameter.ImageFormat",
        "read image error",
    )


def test_a_picture_cut_short_is_unreadable() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(noise), "JPEG")

    with pytest.raises(UnreadablePictureError):
        decode(content[: len(content) // 2])


def test_a_label_map_survives_as_eight_bit_grey() -> None:
    labels = np.arange(200, dtype=np.uint8).reshape(10, 20)

    content = encode_png(labels)

    assert Image.open(io.BytesIO(content)).mode == "L"
    assert np.array_equal(decode_grey(content), labels)


def test_a_drawing_keeps_its_colours() -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[..., 0] = 200

    assert decode(encode_png(pixels))[0, 0].tolist() == [200, 0, 0]


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGBA", "LA"])
def test_any_kind_of_pixel_keeps_its_brightness(mode: str) -> None:
    grey = Image.new("L", (8, 8), 128)
    content = io.BytesIO()
    grey.convert("RGB").convert(mode).save(content, "TIFF")

    picture = decode(content.getvalue())

    assert picture.shape == (8, 8, 3)
    assert np.abs(picture.astype(int) - 128).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_of_grey_are_not_all_white(kind: str) -> None:
    ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (4, 1))
    content = io.BytesIO()
    Image.fromarray(ramp).save(content, kind)

    picture = decode(content.getvalue())

    assert picture[0, :, 0].tolist() == (ramp[0] // 257).tolist()
