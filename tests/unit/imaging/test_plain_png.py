from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.label_map import read_label_map
from shared.imaging.plain_png import read_plain_grey
from tests import pictures

PEOPLE = np.kron(pictures.two_people(40, 32), np.ones((8, 9), np.uint8))
NOISE = np.random.default_rng(3).integers(0, 256, (150, 90), dtype=np.uint8)


def filtered(pixels: NDArray[np.uint8], kinds: list[int]) -> bytes:
    """A PNG of *pixels* whose rows have the filters of *kinds*, written by the standard's words."""
    wide = np.pad(pixels, ((1, 0), (1, 0))).astype(int)
    left, up, corner = wide[1:, :-1], wide[:-1, 1:], wide[:-1, :-1]
    near = np.abs(np.stack([left, up, corner]) - (left + up - corner))
    paeth = np.choose(near.argmin(axis=0), [left, up, corner])
    guesses = [np.zeros_like(left), left, up, (left + up) // 2, paeth]
    rest = [wide[row + 1, 1:] - guesses[kind][row] for row, kind in enumerate(kinds)]
    rows = [bytes([kind, *(line & 255)]) for kind, line in zip(kinds, rest, strict=True)]
    body = zlib.compress(b"".join(rows))
    head = pictures.raw_png(pixels, 8, 0)[:33]
    half = len(body) // 2
    parts = (pictures.chunk(b"IDAT", body[:half]), pictures.chunk(b"IDAT", body[half:]))
    return head + b"".join(parts) + pictures.chunk(b"IEND")


def plain(data: bytes, pixels: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    return read_plain_grey(data, pixels.shape[1], pixels.shape[0])


@pytest.mark.parametrize("pixels", [PEOPLE, NOISE, NOISE[:1], NOISE[:, :1]])
@pytest.mark.parametrize("slow", [0, 3, 4])
def test_every_filter_is_undone_as_another_reader_does(
    pixels: NDArray[np.uint8], slow: int
) -> None:
    kinds = (np.arange(len(pixels)) * 7 % 3).tolist()
    kinds[len(kinds) // 2] = slow if len(kinds) > 128 else 0
    data = filtered(pixels, kinds)

    found = plain(data, pixels)

    assert found is not None
    assert np.array_equal(found, pixels)
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(found, np.asarray(image))


@pytest.mark.parametrize("kind", [3, 4])
def test_what_needs_pillow_is_left_to_pillow(kind: int) -> None:
    data = filtered(NOISE, [kind] * len(NOISE))

    assert plain(data, NOISE) is None
    assert np.array_equal(read_label_map(data), NOISE)


def test_an_interlaced_file_is_left_to_pillow() -> None:
    data = bytearray(pictures.label_png(PEOPLE))
    data[28] = 1

    assert plain(bytes(data), PEOPLE) is None


def test_pixels_that_are_missing_are_an_error() -> None:
    data = filtered(NOISE, [0] * len(NOISE))

    with pytest.raises(ValueError, match="stated"):
        read_plain_grey(data, NOISE.shape[1], NOISE.shape[0] + 1)
