"""Image processing of the local OSS: `x-oss-process` through the vendor's own client."""

from __future__ import annotations

import io
import json

import numpy as np
import oss2
import pytest
from PIL import ExifTags, Image

from tests.integration.localcloud.oss_pictures import (
    close,
    halves,
    pixel,
    processed,
    put,
    with_orientation,
)


def test_info_tells_the_header_and_exif_as_strings(bucket: oss2.Bucket) -> None:
    put(bucket, halves(), "JPEG", exif=with_orientation(6))

    facts = json.loads(bucket.get_object("p", process="image/info").read())

    assert facts["ImageWidth"] == {"value": "400"}
    assert facts["ImageHeight"] == {"value": "200"}
    assert facts["Format"] == {"value": "jpg"}
    assert facts["FileSize"] == {"value": str(bucket.head_object("p").content_length)}
    assert facts["Orientation"] == {"value": "6"}
    assert facts["Make"] == {"value": "Maker"}
    assert facts["XResolution"] == {"value": "145/2"}


def test_info_of_a_plain_picture_has_four_facts(bucket: oss2.Bucket) -> None:
    put(bucket, halves(), "WEBP")

    facts = json.loads(bucket.get_object("p", process="image/info").read())

    assert sorted(facts) == ["FileSize", "Format", "ImageHeight", "ImageWidth"]
    assert facts["Format"]["value"] == "webp"


@pytest.mark.parametrize(
    ("process", "size"),
    [
        ("resize,w_100", (100, 50)),
        ("resize,h_100", (200, 100)),
        ("resize,m_lfit,w_100,h_100", (100, 50)),
        ("resize,m_mfit,w_100,h_100", (200, 100)),
        ("resize,m_fill,w_100,h_100", (100, 100)),
        ("resize,m_pad,w_100,h_100", (100, 100)),
        ("resize,m_fixed,w_100,h_100", (100, 100)),
        ("resize,m_fixed,w_100", (100, 50)),
        ("resize,l_100", (100, 50)),
        ("resize,s_100", (200, 100)),
        ("resize,p_50", (200, 100)),
        ("resize,w_800", (400, 200)),
        ("resize,p_200", (400, 200)),
        ("resize,w_800,limit_0", (800, 400)),
        ("resize,m_pad,w_800,h_800,limit_0", (800, 800)),
        ("resize,p_200,limit_0", (800, 400)),
        ("crop,w_50,h_20", (50, 20)),
        ("crop,x_390,y_190,w_50,h_50", (10, 10)),
        ("crop,w_50,h_20,g_se", (50, 20)),
        ("crop,w_50,h_20,x_10,y_10,g_se", (40, 10)),
        ("crop,w_0,h_20", (400, 20)),
        ("crop,x_399,y_199", (1, 1)),
        ("crop,w_1000,h_1000", (400, 200)),
        ("resize,m_mfit,w_100", (100, 50)),
        ("resize,m_pad,w_100", (100, 50)),
        ("resize,l_100,s_100", (100, 50)),
        ("resize,m_mfit,l_100,s_100", (200, 100)),
        ("resize,w_1", (1, 1)),
        ("resize,p_1", (4, 2)),
        ("resize,m_fill,w_800,h_100", (400, 200)),
        ("rotate,0", (400, 200)),
        ("rotate,360", (400, 200)),
        ("rotate,180", (400, 200)),
        ("auto-orient,1/resize,w_100/quality,q_50/format,webp", (100, 50)),
        ("rotate,90", (200, 400)),
        ("resize,w_100/rotate,90/crop,h_10", (50, 10)),
    ],
)
def test_the_result_has_the_size_that_was_asked(
    bucket: oss2.Bucket, process: str, size: tuple[int, int]
) -> None:
    put(bucket, halves())

    assert processed(bucket, f"image/{process}").size == size


def test_fill_cuts_the_middle_and_pad_adds_the_colour(bucket: oss2.Bucket) -> None:
    put(bucket, halves())

    filled = processed(bucket, "image/resize,m_fill,w_100,h_100")
    padded = processed(bucket, "image/resize,m_pad,w_100,h_100,color_00FF00")

    assert close(filled.getpixel((2, 50)), (255, 0, 0))
    assert close(filled.getpixel((97, 50)), (0, 0, 255))
    assert padded.getpixel((50, 2)) == (0, 255, 0)
    assert close(padded.getpixel((2, 50)), (255, 0, 0))


def test_crop_and_rotate_move_the_right_pixels(bucket: oss2.Bucket) -> None:
    put(bucket, halves())

    assert processed(bucket, "image/crop,w_10,h_10,g_ne").getpixel((5, 5)) == (0, 0, 255)
    assert processed(bucket, "image/crop,w_10,h_10,g_nw").getpixel((5, 5)) == (255, 0, 0)
    turned = processed(bucket, "image/rotate,90")
    assert turned.getpixel((100, 5)) == (255, 0, 0)
    assert turned.getpixel((100, 395)) == (0, 0, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_auto_orient_turns_upright_and_forgets_the_orientation(
    bucket: oss2.Bucket, orientation: int
) -> None:
    upright = halves()
    stored = _stored_as(upright, orientation)
    put(bucket, stored, "JPEG", exif=with_orientation(orientation), quality=95)

    turned = processed(bucket, "image/auto-orient,1/resize,w_100")
    left = processed(bucket, "image/auto-orient,0/format,jpg")

    assert turned.size == (100, 50)
    assert close(turned.getpixel((10, 25)), (255, 0, 0))
    assert close(turned.getpixel((90, 25)), (0, 0, 255))
    assert ExifTags.Base.Orientation not in turned.getexif()
    assert turned.getexif()[ExifTags.Base.Make] == "Maker"
    assert left.size == stored.size
    assert left.getexif()[ExifTags.Base.Orientation] == orientation


def _stored_as(upright: Image.Image, orientation: int) -> Image.Image:
    """The pixels of a camera that notes this orientation (the inverse of turning upright)."""
    inverse = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return upright.transpose(inverse[orientation]) if orientation in inverse else upright


@pytest.mark.parametrize(
    ("name", "codec", "content_type"),
    [
        ("jpg", "JPEG", "image/jpeg"),
        ("jpeg", "JPEG", "image/jpeg"),
        ("png", "PNG", "image/png"),
        ("webp", "WEBP", "image/webp"),
        ("bmp", "BMP", "image/bmp"),
        ("gif", "GIF", "image/gif"),
        ("tiff", "TIFF", "image/tiff"),
    ],
)
@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_every_format_becomes_every_other(
    bucket: oss2.Bucket, source: str, name: str, codec: str, content_type: str
) -> None:
    put(bucket, halves(), source)

    answer = bucket.get_object("p", process=f"image/format,{name}")
    image = Image.open(io.BytesIO(answer.read()))

    assert answer.content_type == content_type
    assert image.format == codec
    assert close(image.convert("RGB").getpixel((390, 100)), (0, 0, 255))


def test_unusual_pictures_come_out_with_the_right_colours(bucket: oss2.Bucket) -> None:
    put(bucket, halves().convert("CMYK"), "JPEG", quality=95)
    assert close(pixel(processed(bucket, "image/format,png"), (10, 10)), (255, 0, 0))

    wide = np.full((20, 30), 0x8000, dtype=np.uint16)
    put(bucket, Image.fromarray(wide))
    assert processed(bucket, "image/format,png").getpixel((5, 5)) == 0x80

    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    put(bucket, clear)
    assert processed(bucket, "image/format,jpg").getpixel((5, 5)) == (255, 255, 255)
    assert pixel(processed(bucket, "image/resize,w_10"), (5, 5))[3] == 0

    frames = [Image.new("RGB", (20, 20), colour) for colour in ((255, 0, 0), (0, 255, 0))]
    put(bucket, frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert close(processed(bucket, "image/format,png").convert("RGB").getpixel((5, 5)), (255, 0, 0))


def test_a_lower_quality_makes_a_smaller_file(bucket: oss2.Bucket) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    put(bucket, Image.fromarray(noise), "JPEG", quality=90)

    sizes = [
        len(bucket.get_object("p", process=f"image/quality,{quality}").read())
        for quality in ("q_20", "q_60", "Q_85", "Q_100")
    ]

    assert sizes == sorted(set(sizes))
    assert sizes[-1] <= bucket.head_object("p").content_length * 1.05
