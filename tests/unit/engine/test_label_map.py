from __future__ import annotations

import numpy as np

from scripts.engine.label_map import Candidate, compose, without_crumbs, without_pinholes
from scripts.engine.refinement import Patch

SHAPE = (100, 200)


def person(box: tuple[int, int, int, int], sure: float, score: float = 0.9) -> Candidate:
    x, y, wide, high = box
    plane = np.full((high, wide), sure, np.float32)
    return Candidate(patch=Patch(x=x, y=y, plane=plane), score=score)


def test_people_are_numbered_from_left_to_right() -> None:
    labels, regions = compose(
        [person((150, 10, 20, 40), 0.9), person((5, 50, 20, 40), 0.9)], SHAPE, 0.3
    )

    assert [region.candidate for region in regions] == [1, 0]
    assert labels[60, 10] == 1
    assert labels[20, 160] == 2
    assert labels.dtype == np.uint8


def test_a_contested_pixel_goes_to_the_likelier_person() -> None:
    labels, _ = compose([person((0, 0, 60, 60), 0.7), person((40, 0, 60, 60), 0.9)], SHAPE, 0.3)

    assert labels[30, 39] == 1
    assert labels[30, 41] == 2


def test_a_second_mask_of_the_same_person_is_dropped() -> None:
    labels, regions = compose(
        [person((0, 0, 60, 60), 0.9, 0.6), person((2, 0, 60, 60), 0.9, 0.9)], SHAPE, 0.3
    )

    assert [region.candidate for region in regions] == [1]
    assert labels.max() == 1


def test_a_mask_within_another_is_dropped() -> None:
    _, regions = compose(
        [person((0, 0, 60, 60), 0.9, 0.9), person((10, 10, 20, 20), 0.95, 0.7)], SHAPE, 0.3
    )

    assert [region.candidate for region in regions] == [0]


def test_the_unsure_are_dropped() -> None:
    labels, regions = compose([person((0, 0, 60, 60), 0.9, 0.3)], SHAPE, 0.3)

    assert regions == []
    assert not labels.any()


def test_specks_are_dropped() -> None:
    _, regions = compose([person((0, 0, 5, 5), 0.9)], SHAPE, 0.3)

    assert regions == []


def test_nobody_is_an_empty_map() -> None:
    labels, regions = compose([], SHAPE, 0.3)

    assert labels.shape == SHAPE
    assert not labels.any()
    assert regions == []


def test_crumbs_go_and_large_parts_stay() -> None:
    bits = np.zeros((50, 50), np.bool_)
    bits[5:25, 5:25] = True
    bits[30:40, 30:40] = True
    bits[48, 48] = True

    cleaned = without_crumbs(bits)

    assert cleaned[10, 10]
    assert cleaned[35, 35]
    assert not cleaned[48, 48]


def test_pinholes_close_and_gaps_and_other_people_stay() -> None:
    bits = np.zeros((60, 60), np.bool_)
    bits[5:55, 5:55] = True
    bits[10:13, 10:13] = False
    bits[20:23, 20:23] = False
    bits[30:45, 30:45] = False
    free = np.ones_like(bits)
    free[20:23, 20:23] = False

    filled = without_pinholes(bits, free)

    assert filled[11, 11]
    assert not filled[21, 21]
    assert not filled[37, 37]
    assert not filled[0, 0]
