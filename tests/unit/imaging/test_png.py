from __future__ import annotations

import io
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from shared.imaging.deflating import crc32, deflater, inflated
from shared.imaging.png import encode_placed, encode_png, encode_rows
from shared.imaging.probe import probe
from tests import pictures

RANDOM = np.random.default_rng(7)


def decoded(data: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (1, 9, 3), (8, 1, 4), (17, 13, 2), (30, 40, 4)])
def test_another_reader_finds_the_same_pixels(shape: tuple[int, ...]) -> None:
    pixels = RANDOM.integers(0, 256, shape, dtype=np.uint8)

    data = encode_png(pixels)

    assert np.array_equal(decoded(data), pixels)
    assert probe(data).complete


def test_zlib_does_where_isal_is_missing() -> None:
    pixels = pictures.scene(40, 30)

    data = encode_png(pixels, deflater=lambda: zlib.compressobj(1))

    assert np.array_equal(decoded(data), pixels)


def test_the_deflate_is_the_zlib_format() -> None:
    packer = deflater()
    packed = packer.compress(np.arange(200, dtype=np.uint8).data) + packer.flush()

    assert zlib.decompress(packed) == bytes(range(200))


def test_the_checksum_is_that_of_zlib_and_goes_on() -> None:
    assert crc32(b"chunk", crc32(b"name")) == zlib.crc32(b"namechunk")


def test_a_label_map_stays_small() -> None:
    assert len(encode_png(pictures.two_people(2000, 1500))) < 40_000


def test_a_profile_is_embedded_as_it_is() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    with Image.open(io.BytesIO(encode_png(pictures.scene(9, 9), icc_profile=profile))) as image:
        assert image.info["icc_profile"] == profile


@pytest.mark.parametrize("shape", [(1000, 700), (700, 300, 4), (3, 100_000, 3)])
def test_bands_of_rows_make_the_picture_that_the_whole_makes(shape: tuple[int, ...]) -> None:
    pixels = RANDOM.integers(0, 256, shape, dtype=np.uint8)
    rows = pixels.reshape(shape[0], -1)
    buffer = np.empty((7, rows.shape[1]), np.uint8)

    def bands() -> Iterator[NDArray[np.uint8]]:
        for first in range(0, len(rows), 7):
            count = len(rows[first : first + 7])
            buffer[:count] = rows[first : first + 7]
            yield buffer[:count]
            buffer[:] = 0

    data = encode_rows(bands(), (shape[1], shape[0]), rows.shape[1] // shape[1])

    assert np.array_equal(decoded(data), pixels)


@pytest.mark.parametrize("place", [(0, 0), (11, 0), (0, 900), (250, 4), (250, 900)])
def test_a_placed_crop_is_all_there_is(place: tuple[int, int]) -> None:
    crop = RANDOM.integers(1, 256, (700, 650), dtype=np.uint8)
    whole = np.zeros((1600, 900), np.uint8)
    whole[place[1] : place[1] + 700, place[0] : place[0] + 650] = crop

    assert np.array_equal(decoded(encode_placed(crop, place, (900, 1600))), whole)


def test_what_was_packed_is_unpacked_but_never_more_than_stated() -> None:
    packed = zlib.compress(bytes(1000))

    assert inflated(packed, 1000) == bytes(1000)
    assert inflated(packed, 10) == bytes(10)
    with pytest.raises(ValueError, match="stated"):
        inflated(packed, 1001)
    with pytest.raises(ValueError, match="damaged"):
        inflated(b"no zlib stream", 10)


def test_exif_stands_in_a_chunk_of_its_own_before_the_pixels() -> None:
    """PNG (third edition, 11.3.4.5): the block as it is, without the name that JPEG gives it."""
    block = b"II*\0\x08\0\0\0\0\0"

    data = encode_png(np.zeros((2, 3), np.uint8), exif=b"Exif\0\0" + block)

    at = data.index(b"eXIf")
    assert data[at - 4 : at + 4] == len(block).to_bytes(4, "big") + b"eXIf"
    assert data[at + 4 : at + 4 + len(block)] == block
    assert at < data.index(b"IDAT")
