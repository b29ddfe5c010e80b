from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import pytest
from PIL import Image

from shared.imaging.errors import (
    NotAPictureError,
    PictureError,
    TruncatedPictureError,
    UnsupportedFormatError,
)
from shared.imaging.probe import probe
from tests import pictures

FACTS: dict[str, dict[str, Any]] = {
    "turned": {"format": "jpeg", "orientation": 6, "width": 640, "height": 512},
    "mirrored": {"orientation": 2, "upright_size": (640, 512)},
    "png-turned": {"format": "png", "orientation": 8, "upright_size": (512, 640)},
    "webp-turned": {"format": "webp", "orientation": 6, "upright_size": (512, 640)},
    "cmyk": {"format": "jpeg", "colour": "cmyk"},
    "grey": {"format": "jpeg", "colour": "grey"},
    "progressive": {"format": "jpeg", "width": 640, "complete": True},
    "transparent": {"format": "png", "has_alpha": True, "colour": "rgb", "bits": 8},
    "palette": {"format": "png", "colour": "palette", "width": 640},
    "sixteen-bit": {"format": "png", "bits": 16, "width": 640, "height": 512},
    "bmp": {"format": "bmp", "width": 640, "height": 512, "complete": True},
    "gif": {"format": "gif", "width": 640, "frames": 1, "complete": True},
    "tiff": {"format": "tiff", "width": 640, "height": 512, "bits": 8, "complete": True},
    "tiff-lzw": {"format": "tiff", "complete": True},
    "webp": {"format": "webp", "width": 640, "height": 512, "has_alpha": False},
    "webp-lossless": {"format": "webp", "width": 640, "height": 512, "complete": True},
    "gif-animated": {"format": "gif", "frames": 2},
    "png-animated": {"format": "png", "frames": 2},
    "webp-animated": {"format": "webp", "frames": 2, "width": 640, "height": 512},
    "tiff-pages": {"format": "tiff", "frames": 2},
    "heic": {"format": "heic", "width": 640, "height": 512, "orientation": 1},
    "bomb": {"format": "png", "width": 50_000, "height": 50_000},
    "jpeg-cut": {"format": "jpeg", "width": 640, "complete": False},
    "png-cut": {"format": "png", "width": 640, "complete": False},
    "png-damaged": {"format": "png", "complete": False},
}


@pytest.mark.parametrize("name", sorted(FACTS))
def test_the_header_tells_what_the_picture_is(name: str) -> None:
    facts = probe(pictures.AWKWARD[name]())

    told = {field: getattr(facts, field) for field in FACTS[name]}

    assert told == FACTS[name]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_all_orientations_are_read_in_all_formats_that_have_them(
    kind: str, orientation: int
) -> None:
    assert probe(pictures.turned(orientation, kind)).orientation == orientation


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
@pytest.mark.parametrize("size", [(1, 1), (3, 7), (513, 600), (4097, 20)])
def test_the_size_agrees_with_pillow(kind: str, size: tuple[int, int]) -> None:
    data = pictures.picture(kind, size)

    facts = probe(data)

    with Image.open(io.BytesIO(data)) as image:
        assert (facts.width, facts.height) == image.size
    assert facts.complete


def test_a_thumbnail_in_the_exif_block_is_not_taken_for_the_picture() -> None:
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = 3
    thumbnail = pictures.picture(size=(16, 16))
    block = exif.tobytes() + thumbnail

    facts = probe(pictures.picture(exif=block))

    assert (facts.width, facts.height, facts.orientation) == (640, 512, 3)


def test_a_thumbnails_end_does_not_make_a_cut_picture_complete() -> None:
    block = Image.Exif().tobytes() + pictures.picture(size=(16, 16))
    data = pictures.picture(exif=block)

    assert not probe(data[:-500]).complete


def test_a_damaged_exif_block_leaves_the_picture_readable() -> None:
    facts = probe(pictures.picture(exif=b"Exif\0\0II*\0\xff\xff\xff\x7f"))

    assert facts.orientation == 1


@pytest.mark.parametrize(
    ("data", "error", "code"),
    [
        (b"", NotAPictureError, "empty"),
        (b"hello, world", NotAPictureError, "not_a_picture"),
        (b"BMW is not a bitmap at all", NotAPictureError, "not_a_picture"),
        (b"\xff\xd8\xff", TruncatedPictureError, "truncated"),
        (b"\x89PN", TruncatedPictureError, "truncated"),
        (b"\x89PNG\r\n\x1a\n\0\0", TruncatedPictureError, "truncated"),
        (b"GIF89a\x01", TruncatedPictureError, "truncated"),
        (b"BM" + bytes(14), TruncatedPictureError, "truncated"),
        (b"II*\0\x08\0\0\0\x05\0", TruncatedPictureError, "truncated"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", TruncatedPictureError, "truncated"),
        (b"RIFF\x10\0\0\0WAVEfmt ", NotAPictureError, "not_a_picture"),
        (b"%PDF-1.7 ...", UnsupportedFormatError, "format_unsupported"),
        (b"8BPS\0\x01 ...", UnsupportedFormatError, "format_unsupported"),
        (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", UnsupportedFormatError, "format_unsupported"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", UnsupportedFormatError, "format_unsupported"),
        (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1\0\0\xff\0meta", TruncatedPictureError, "truncated"),
    ],
)
def test_what_is_no_picture_is_told_apart(
    data: bytes, error: type[PictureError], code: str
) -> None:
    with pytest.raises(error) as caught:
        probe(data)

    assert caught.value.code == code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_no_cut_raises_anything_but_our_own_errors(kind: str) -> None:
    data = pictures.picture(kind, (40, 30))

    for length in range(1, len(data), 7):
        try:
            facts = probe(data[:length])
        except PictureError:
            continue
        assert not facts.complete, f"cut at {length} of {len(data)}"


def test_a_gif_that_goes_astray_among_its_blocks_is_not_complete() -> None:
    data = pictures.picture("GIF", (40, 30))

    assert not probe(data[:-1] + b"\x99;").complete


def test_probing_imports_nothing_heavy() -> None:
    program = (
        "import sys; import shared.imaging.probe, shared.domain.input_rules;"
        "print(sorted({'numpy', 'PIL', 'pillow_heif', 'pydantic'} & set(sys.modules)))"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert answer.stdout.strip() == b"[]"
