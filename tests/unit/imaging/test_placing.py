from __future__ import annotations

import numpy as np
import pytest

from shared.imaging.errors import MaskError
from shared.imaging.placing import fit_to_picture, number_people, renumber
from shared.imaging.runs import find_runs, measure
from tests import pictures

PEOPLE = pictures.two_people(64, 48)


def test_a_mask_of_the_pictures_size_is_left_alone() -> None:
    assert fit_to_picture(PEOPLE, 64, 48) is PEOPLE


def test_a_smaller_mask_is_enlarged_without_inventing_numbers() -> None:
    placed = fit_to_picture(PEOPLE, 192, 144)

    assert np.array_equal(placed, PEOPLE.repeat(3, axis=0).repeat(3, axis=1))


def test_enlarging_and_reducing_by_a_whole_number_gives_the_same_back() -> None:
    assert np.array_equal(fit_to_picture(fit_to_picture(PEOPLE, 320, 240), 64, 48), PEOPLE)


def test_a_mask_whose_sides_were_rounded_is_taken() -> None:
    placed = fit_to_picture(pictures.two_people(4096, 2731), 6000, 4000)

    assert placed.shape == (4000, 6000)
    assert set(np.unique(placed)) == {0, 1, 2}


@pytest.mark.parametrize("size", [(48, 64), (64, 64), (100, 48), (32, 48)])
def test_a_mask_of_another_shape_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(MaskError) as caught:
        fit_to_picture(PEOPLE, *size)

    assert caught.value.code == "mask_size"


def test_a_quarter_turn_is_refused_even_where_the_shape_is_nearly_a_square() -> None:
    with pytest.raises(MaskError):
        fit_to_picture(pictures.two_people(1000, 1001), 1001, 1000)


def test_people_are_numbered_from_left_to_right() -> None:
    label_map, mapping = number_people(PEOPLE)

    assert mapping == {2: 1, 1: 2}
    assert np.array_equal(label_map == 1, PEOPLE == 2)
    assert np.array_equal(label_map == 2, PEOPLE == 1)


def test_gaps_in_the_numbers_are_closed() -> None:
    label_map, mapping = number_people((PEOPLE.astype(np.uint16) * 100).astype(np.uint8))

    assert mapping == {200: 1, 100: 2}
    assert sorted(np.unique(label_map)) == [0, 1, 2]


def test_one_above_the_other_the_upper_one_comes_first() -> None:
    label_map = np.zeros((9, 9), np.uint8)
    label_map[6:8, 2:5] = 1
    label_map[1:3, 2:5] = 2

    assert number_people(label_map)[1] == {2: 1, 1: 2}


def test_nobody_is_nobody() -> None:
    label_map, mapping = number_people(np.zeros((5, 7), np.uint8))

    assert mapping == {}
    assert not label_map.any()


def test_numbers_that_the_mapping_lacks_stay() -> None:
    assert renumber(np.array([[0, 1, 2]], np.uint8), {1: 5}).tolist() == [[0, 5, 2]]


def test_noise_is_refused_before_it_costs_memory() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (2200, 2200), dtype=np.uint8)

    with pytest.raises(MaskError) as caught:
        measure(find_runs(noise))

    assert caught.value.code == "mask_is_noise"
