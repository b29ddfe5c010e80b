from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from shared.imaging.png import deflate, encode_png
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

    data = encode_png(pixels, compress=lambda raw: zlib.compress(raw.data, 1))

    assert np.array_equal(decoded(data), pixels)


def test_the_deflate_is_the_zlib_format() -> None:
    assert zlib.decompress(deflate(np.arange(200, dtype=np.uint8))) == bytes(range(200))


def test_a_label_map_stays_small() -> None:
    assert len(encode_png(pictures.two_people(2000, 1500))) < 40_000


def test_a_profile_is_embedded_as_it_is() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    with Image.open(io.BytesIO(encode_png(pictures.scene(9, 9), icc_profile=profile))) as image:
        assert image.info["icc_profile"] == profile
