from __future__ import annotations

import math

import numpy as np
import pytest

from scripts.engine.geometry import (
    between,
    crop,
    gather,
    inside,
    inverse,
    rotated_square,
    stretched_box,
    transfer,
)
from scripts.engine.pyramid import Pyramid


def test_a_square_keeps_its_center_and_turns_around_it() -> None:
    region = rotated_square((40.0, 30.0), 20.0, math.pi / 2, 10)

    assert region @ [40.0, 30.0, 1.0] == pytest.approx([5.0, 5.0])
    assert region @ [40.0, 20.0, 1.0] == pytest.approx([0.0, 5.0])


def test_a_box_with_its_margin_fills_the_frame() -> None:
    frame = stretched_box(np.array([10.0, 20.0, 30.0, 60.0]), 0.25, 100)

    assert frame @ [5.0, 10.0, 1.0] == pytest.approx([0.0, 0.0])
    assert frame @ [35.0, 70.0, 1.0] == pytest.approx([100.0, 100.0])


def test_between_two_crops_goes_through_the_picture() -> None:
    source = rotated_square((40.0, 30.0), 20.0, 0.3, 64)
    target = stretched_box(np.array([10.0, 20.0, 30.0, 60.0]), 0.0, 50)
    place = np.array([17.0, 33.0, 1.0])

    moved = between(source, target) @ np.append(source @ place, 1.0)

    assert moved == pytest.approx(target @ place)
    assert inverse(source) @ np.append(source @ place, 1.0) == pytest.approx([17.0, 33.0])


def test_a_crop_shows_its_part_of_the_picture_and_black_beyond() -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[10:20, 50:60] = (200, 100, 50)

    patch = crop(Pyramid(picture), stretched_box(np.array([50.0, 10.0, 70.0, 20.0]), 0.0, 40), 40)

    assert patch[20, 10].tolist() == [200, 100, 50]
    assert patch[20, 35].tolist() == [0, 0, 0]


def test_a_large_reduction_averages_instead_of_aliasing() -> None:
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255

    patch = crop(Pyramid(stripes), stretched_box(np.array([0.0, 0.0, 400.0, 400.0]), 0.0, 40), 40)

    assert np.abs(patch[5:-5, 5:-5].astype(int) - 127).max() < 40


def test_a_crop_beyond_the_picture_is_black() -> None:
    picture = np.full((400, 400, 3), 255, np.uint8)

    patch = crop(
        Pyramid(picture), stretched_box(np.array([900.0, 900.0, 1300.0, 1300.0]), 0.0, 40), 40
    )

    assert not patch.any()


def test_the_inside_is_what_a_crop_of_an_all_white_picture_shows() -> None:
    white = np.full((40, 60), 255, np.uint8)
    region = stretched_box(np.array([30.0, -20.0, 90.0, 25.0]), 0.2, 64)

    shown = crop(Pyramid(white), region, 64).astype(np.float32) / 255

    assert np.abs(inside(white.shape, region, 64) - shown).max() < 0.3


def test_a_plane_moves_with_its_crop() -> None:
    plane = np.zeros((40, 40), np.float32)
    plane[10:20, 10:20] = 1
    source = stretched_box(np.array([0.0, 0.0, 40.0, 40.0]), 0.0, 40)
    target = stretched_box(np.array([10.0, 10.0, 20.0, 20.0]), 0.0, 20)

    moved = transfer(plane, source, target, 20)

    assert moved[5:15, 5:15].min() == 1.0


def test_features_are_gathered_where_they_belong() -> None:
    features = np.zeros((8, 8, 2), np.float32)
    features[2, 5] = (1.0, -3.0)
    source = stretched_box(np.array([0.0, 0.0, 80.0, 80.0]), 0.0, 1)
    target = stretched_box(np.array([50.0, 20.0, 60.0, 30.0]), 0.0, 1)

    gathered = gather(features, source, target, 1)

    assert gathered[0, 0] == pytest.approx([1.0, -3.0])


def test_features_beyond_their_crop_are_zero() -> None:
    features = np.ones((8, 8, 1), np.float32)
    source = stretched_box(np.array([0.0, 0.0, 80.0, 80.0]), 0.0, 1)
    target = stretched_box(np.array([0.0, 0.0, 160.0, 80.0]), 0.0, 1)

    gathered = gather(features, source, target, 4)[..., 0]

    assert gathered[:, :2].min() == 1.0
    assert gathered[:, 2:].max() == 0.0
