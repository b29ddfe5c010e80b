"""A drawing is recognised as its own photograph's, and as no other's."""

from __future__ import annotations

import io
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shared.imaging.likeness import ALIKE, is_completion_of, is_result_of, likeness
from shared.imaging.photo import read_photo
from shared.imaging.png import encode_png

SAMPLES = Path(__file__).parents[3] / "scripts" / "samples"
PHOTOS = tuple(
    (SAMPLES / name).read_bytes()
    for name in ("collins.jpg", "hopper.jpg", "group-of-three.jpg", "rocket-nobody.jpg")
)


def drawing(photo: bytes, *, quality: int = 75) -> bytes:
    """The photograph with its middle tinted, as the provider tints people."""
    pixels = read_photo(photo).rgb.copy()
    rows, columns = pixels.shape[0] // 6, pixels.shape[1] // 6
    middle = pixels[rows:-rows, columns:-columns]
    middle[...] = middle // 2 + np.array([20, 90, 120], np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    return out.getvalue()


def mask(width: int, height: int) -> bytes:
    return encode_png(np.ones((height, width), np.uint8))


@pytest.mark.parametrize("photo", PHOTOS)
def test_a_drawing_is_like_its_own_photograph(photo: bytes) -> None:
    assert likeness(photo, drawing(photo)) > ALIKE + 0.1


def test_a_drawing_is_like_no_other_photograph() -> None:
    assert max(likeness(one, drawing(two)) for one, two in permutations(PHOTOS, 2)) < ALIKE - 0.1


def erasing(photo: bytes) -> bytes:
    """A mask of the photograph's middle."""
    picture = read_photo(photo)
    drawn = np.zeros((picture.height, picture.width), np.uint8)
    drawn[picture.height // 4 : -picture.height // 4, picture.width // 3 :] = 255
    return encode_png(drawn)


def completed(photo: bytes, erased: bytes) -> bytes:
    """The photograph with that filled in."""
    pixels = read_photo(photo).rgb.copy()
    pixels[np.asarray(Image.open(io.BytesIO(erased))) > 0] = 90
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("photo", PHOTOS)
def test_a_completed_picture_is_known_by_what_was_left_alone(photo: bytes) -> None:
    mask_of = erasing(photo)
    others = [other for other in PHOTOS if other != photo]

    assert is_completion_of(photo, erased=mask_of, completed=completed(photo, mask_of))
    for other in others:
        strange = completed(other, erasing(other))
        assert not is_completion_of(photo, erased=mask_of, completed=strange)
    assert not is_completion_of(photo, erased=mask_of, completed=b"no picture")


def test_a_picture_without_structure_is_like_nothing() -> None:
    flat = io.BytesIO()
    Image.new("RGB", (600, 600), (90, 90, 90)).save(flat, "PNG")

    assert likeness(PHOTOS[0], flat.getvalue()) == 0.0


def test_a_result_needs_a_drawing_and_the_pictures_shape() -> None:
    photo = PHOTOS[0]
    picture = read_photo(photo)
    sent = (picture.width, picture.height)
    drawn = drawing(photo)

    assert is_result_of(photo, sent, mask=mask(*sent), drawing=drawn)
    assert not is_result_of(photo, sent, mask=mask(*sent), drawing=None)
    assert not is_result_of(photo, sent, mask=mask(sent[0], sent[1] * 2), drawing=drawn)
    assert not is_result_of(photo, sent, mask=b"no picture", drawing=drawn)
    assert not is_result_of(PHOTOS[1], sent, mask=mask(*sent), drawing=drawn)
