from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.errors import MaskError
from shared.imaging.label_map import read_label_map
from tests import pictures

PEOPLE = pictures.two_people(40, 32)


def stacked(*planes: NDArray[Any]) -> NDArray[Any]:
    return np.stack(planes, axis=2)


def bits_png(label_map: NDArray[np.uint8], bits: int) -> bytes:
    per_byte = 8 // bits
    packed = np.zeros((label_map.shape[0], label_map.shape[1] // per_byte), np.uint8)
    for place in range(per_byte):
        packed |= label_map[:, place::per_byte] << (8 - bits * (place + 1))
    data = pictures.raw_png(packed, bits, 0)
    width = label_map.shape[1].to_bytes(4, "big")
    header = pictures.chunk(b"IHDR", width + data[20:29])
    return data[:8] + header + data[33:]


OPAQUE = np.full_like(PEOPLE, 255)
FORMS: dict[str, Callable[[], bytes]] = {
    "grey": lambda: pictures.label_png(PEOPLE),
    "grey-alpha": lambda: pictures.encode(Image.fromarray(stacked(PEOPLE, OPAQUE)), "PNG"),
    "rgb": lambda: pictures.encode(Image.fromarray(stacked(PEOPLE, PEOPLE, PEOPLE)), "PNG"),
    "rgba": lambda: pictures.encode(Image.fromarray(stacked(*[PEOPLE] * 3, OPAQUE)), "PNG"),
    "grey-16": lambda: pictures.wide_png(PEOPLE),
    "rgb-16": lambda: pictures.wide_png(stacked(PEOPLE, PEOPLE, PEOPLE)),
    "rgba-16": lambda: pictures.wide_png(stacked(*[PEOPLE] * 3, OPAQUE.astype(np.uint16) * 257)),
    "grey-2": lambda: bits_png(PEOPLE, 2),
    "grey-4": lambda: bits_png(PEOPLE, 4),
}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_lossless_form_yields_the_same_numbers(form: str) -> None:
    label_map = read_label_map(FORMS[form]())

    assert label_map.dtype == np.uint8
    assert np.array_equal(label_map, PEOPLE)


def test_one_bit_is_one_person() -> None:
    label_map = read_label_map(pictures.encode(Image.fromarray(PEOPLE > 0), "PNG"))

    assert np.array_equal(label_map, PEOPLE > 0)


def palette_png() -> bytes:
    return pictures.encode(Image.fromarray(PEOPLE * 90).convert("P"), "PNG")


def differing() -> bytes:
    return pictures.encode(Image.fromarray(stacked(PEOPLE, PEOPLE, PEOPLE * 2)), "PNG")


REFUSED: dict[str, Callable[[], bytes]] = {
    "mask_is_jpeg": lambda: pictures.encode(Image.fromarray(PEOPLE), "JPEG", quality=100),
    "mask_is_lossy": lambda: pictures.picture("WEBP", (40, 32)),
    "mask_is_palette": palette_png,
    "mask_channels_differ": differing,
    "mask_too_large": lambda: pictures.bomb_png(30_000, 30_000),
    "mask_too_many_people": lambda: pictures.wide_png(PEOPLE.astype(np.uint16) * 200),
    "mask_unreadable": lambda: pictures.label_png(PEOPLE)[:-20],
}


@pytest.mark.parametrize("code", sorted(REFUSED))
def test_a_mask_that_could_invent_people_is_refused(code: str) -> None:
    with pytest.raises(MaskError) as caught:
        read_label_map(REFUSED[code]())

    assert caught.value.code == code


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>expired</html>",
        pictures.picture("BMP", (9, 9)),
        pictures.wide_png(stacked(PEOPLE, PEOPLE)),
    ],
)
def test_what_is_no_mask_at_all_is_unreadable(data: bytes) -> None:
    with pytest.raises(MaskError) as caught:
        read_label_map(data)

    assert caught.value.code == "mask_unreadable"


def test_wide_colour_with_large_numbers_is_refused_and_not_cut() -> None:
    wide = PEOPLE.astype(np.uint16) * 256

    with pytest.raises(MaskError) as caught:
        read_label_map(pictures.wide_png(stacked(wide, wide, wide)))

    assert caught.value.code == "mask_too_many_people"
