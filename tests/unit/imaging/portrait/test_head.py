from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.imaging.landmarks import Landmarks
from shared.imaging.portrait.head import Head, find_head
from shared.imaging.scene import Box
from tests.portraits import Bust, outlines

SIZE = (900, 1200)


def head_of(label_map: NDArray[np.uint8], landmarks: Landmarks | None = None) -> Head | None:
    rows, columns = np.nonzero(label_map)
    box: Box = (
        int(columns.min()),
        int(rows.min()),
        int(np.ptp(columns)) + 1,
        int(np.ptp(rows)) + 1,
    )
    x, y, width, height = box
    mask = (label_map[y : y + height, x : x + width] > 0).astype(np.uint8) * np.uint8(255)
    return find_head(mask, box, landmarks)


@pytest.mark.parametrize(
    "bust",
    [
        Bust(crown=100, centre=450, height=330, floor=1199),
        Bust(crown=300, centre=300, height=200, floor=900),
        Bust(crown=40, centre=600, height=150, floor=1199),
        Bust(crown=700, centre=450, height=60, floor=1000),
    ],
)
def test_a_head_upon_shoulders_is_found_where_it_is(bust: Bust) -> None:
    head = head_of(outlines(SIZE, bust))

    assert head is not None
    assert head.crown == pytest.approx(bust.crown, abs=0.02 * bust.height + 1)
    assert head.chin == pytest.approx(bust.chin, abs=0.12 * bust.height)
    assert head.centre == pytest.approx(bust.centre, abs=0.04 * bust.height)
    assert head.width == pytest.approx(bust.width, rel=0.12)


def test_a_raised_hand_is_not_the_head() -> None:
    label_map = outlines(SIZE, Bust(crown=300, centre=400, height=220, floor=1199))
    label_map[120:900, 700:740] = 1
    label_map[100:170, 690:750] = 1

    head = head_of(label_map)

    assert head is not None
    assert head.crown == pytest.approx(300, abs=8)


def box_without_head() -> NDArray[np.uint8]:
    label_map = np.zeros(SIZE[::-1], np.uint8)
    label_map[200:1100, 200:700] = 1
    return label_map


def one_leg() -> NDArray[np.uint8]:
    label_map = np.zeros(SIZE[::-1], np.uint8)
    label_map[100:1100, 300:420] = 1
    return label_map


def ball() -> NDArray[np.uint8]:
    return outlines(SIZE, Bust(crown=300, centre=400, height=300, floor=0, shoulders=False))


@pytest.mark.parametrize("shape", [box_without_head, one_leg, ball])
def test_what_has_no_head_gives_none(shape: Callable[[], NDArray[np.uint8]]) -> None:
    assert head_of(shape()) is None


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (3, 2)])
def test_a_sliver_of_a_person_gives_no_head_and_no_error(size: tuple[int, int]) -> None:
    mask = np.full(size[::-1], 255, np.uint8)

    assert find_head(mask, (5, 7, *size)) is None


BUST = Bust(crown=100, centre=450, height=330, floor=1199)
EYES, MOUTH = BUST.crown + 168, BUST.crown + 262
FACE = Landmarks(
    left_eye=(490, EYES),
    right_eye=(410, EYES),
    mouth=(450, MOUTH),
    nose=(452, EYES + 50),
    left_shoulder=(660, 560),
    right_shoulder=(240, 560),
)


def test_landmarks_say_where_the_head_is_and_the_outline_where_the_hair_ends() -> None:
    head = head_of(outlines(SIZE, BUST), FACE)

    assert head is not None
    assert head.crown == pytest.approx(100, abs=3)
    assert head.chin == pytest.approx(BUST.chin, abs=5)
    assert (head.centre, head.certainty, head.by) == (450, 1, "landmarks")


def test_landmarks_find_a_head_that_the_outline_hides() -> None:
    label_map = outlines(SIZE, BUST)
    label_map[60:900, 200:700] = 1  # someone before a person of the same number, or a great hat

    assert head_of(label_map) is None
    head = head_of(label_map, FACE)
    assert head is not None
    assert head.chin == pytest.approx(BUST.chin, abs=5)


def test_a_flat_hat_ends_a_head_as_well_as_hair_does() -> None:
    label_map = outlines(SIZE, BUST)
    label_map[:140] = 0

    head = head_of(label_map, FACE)

    assert head is not None
    assert (head.crown, head.by) == (140, "landmarks")


@pytest.mark.parametrize(
    "false",
    [
        replace(FACE, left_eye=(452, EYES)),
        replace(FACE, mouth=(450, EYES - 40)),
        replace(FACE, mouth=(450, EYES + 2)),
        replace(FACE, nose=(500, EYES + 50)),
        replace(FACE, left_shoulder=(1660, 560)),
        replace(FACE, left_shoulder=(460, 560), right_shoulder=(440, 560)),
        replace(FACE, left_shoulder=(660, 120), right_shoulder=(240, 120)),
        FACE.moved(lambda point: (point[0], point[1] + 200)),
        FACE.moved(lambda point: (point[0] + 300, point[1])),
        FACE.moved(lambda point: (point[0] + 5000, point[1])),
    ],
    ids=[
        "profile",
        "upside",
        "flat",
        "turned",
        "wide",
        "narrow",
        "hanging",
        "chest",
        "beside",
        "outside",
    ],
)
def test_landmarks_of_no_face_from_the_front_leave_it_to_the_outline(false: Landmarks) -> None:
    label_map = outlines(SIZE, BUST)

    assert head_of(label_map, false) == head_of(label_map)
