from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.imaging.lens import blur, shown, step_of, take_backdrop
from shared.imaging.photo import Photo

SIDE = 96
NOBODY = np.zeros((SIDE, SIDE), np.uint8)


def photo_of(rgb: NDArray[np.uint8]) -> Photo:
    return Photo(rgb=rgb)


def flat(value: int) -> NDArray[np.uint8]:
    return np.full((SIDE, SIDE, 3), value, np.uint8)


@pytest.mark.parametrize("value", [0, 1, 7, 60, 128, 200])
@pytest.mark.parametrize("step", [1, 2, 8])
def test_an_even_background_stays_what_it_is(value: int, step: int) -> None:
    odd = np.full((97, 101, 3), value, np.uint8)

    backdrop = take_backdrop(photo_of(odd), np.zeros((97, 101), np.uint8), step, 2)

    assert np.abs(blur(backdrop, 9).astype(int) - value).max() <= 1


def test_a_lamp_becomes_a_disc_with_an_even_inside_and_a_sharp_rim() -> None:
    rgb = flat(0)
    rgb[47:50, 47:50] = 255

    disc = blur(take_backdrop(photo_of(rgb), NOBODY, 1, 0), 12)[..., 0].astype(int)

    down, across = np.mgrid[:SIDE, :SIDE]
    distance = np.hypot(down - 48, across - 48)
    assert np.ptp(disc[distance < 10]) == 0
    assert disc[distance < 10].min() > 20
    assert disc[distance > 15].max() == 0


def test_light_is_added_up_not_values() -> None:
    """Black and white stripes seen from afar are as bright as 188, not as 128."""
    rgb = flat(0)
    rgb[:, ::2] = 255

    grey = int(blur(take_backdrop(photo_of(rgb), NOBODY, 1, 0), 8)[48, 48, 0])

    assert grey == pytest.approx(188, abs=3)


def test_what_the_camera_took_for_white_outshines_white() -> None:
    rgb = flat(0)
    rgb[40:44, 40:44] = 255

    plain, bright = (blur(take_backdrop(photo_of(rgb), NOBODY, 1, much), 8) for much in (0, 3))

    assert bright.max() > 1.5 * plain.max()


@pytest.mark.parametrize("step", [1, 2, 4])
def test_no_colour_of_a_person_runs_into_the_background(step: int) -> None:
    rgb = flat(90)
    people = np.zeros((SIDE, SIDE), np.uint8)
    people[30:70, 30:70] = 1
    rgb[29:71, 29:71] = (255, 0, 255)  # the lens has mixed one pixel beyond the mask

    result = blur(take_backdrop(photo_of(rgb), people, step, 2), 8).astype(int)

    known = result.max(axis=2) > 0
    assert np.abs(result[known] - 90).max() <= 1


def test_the_sums_bear_the_brightest_and_largest_disc() -> None:
    white = blur(
        take_backdrop(
            photo_of(np.full((64, 3000, 3), 255, np.uint8)), np.zeros((64, 3000), np.uint8), 1, 3
        ),
        16,
    )

    assert (white == 255).all()


@pytest.mark.parametrize(
    ("pixels", "step"), [(0.5, 1), (8, 1), (15.9, 1), (16, 2), (73.7, 8), (128, 16), (245, 16)]
)
def test_steps_are_powers_of_two_that_leave_eight_cells(pixels: float, step: int) -> None:
    assert step_of(pixels) == step


def test_light_is_shown_by_the_byte_it_came_from() -> None:
    backdrop = take_backdrop(
        photo_of(np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 256, 3)),
        np.zeros((1, 256), np.uint8),
        1,
        0,
    )

    assert np.array_equal(shown(backdrop.light[0].astype(np.float32))[0], np.arange(256))
