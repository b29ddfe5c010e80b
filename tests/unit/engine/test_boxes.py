from __future__ import annotations

import numpy as np
import pytest

from scripts.engine.boxes import overlap, suppress


def test_overlap_is_intersection_over_union() -> None:
    box = np.array([0.0, 0.0, 10.0, 10.0])
    others = np.array([[0.0, 0.0, 10.0, 10.0], [5.0, 0.0, 15.0, 10.0], [20.0, 20.0, 30.0, 30.0]])

    assert overlap(box, others) == pytest.approx([1.0, 1 / 3, 0.0])


def test_the_better_of_two_boxes_around_one_person_stays() -> None:
    boxes = np.array([[0.0, 0.0, 10.0, 10.0], [0.0, 1.0, 10.0, 11.0], [40.0, 0.0, 50.0, 10.0]])

    assert suppress(boxes, np.array([0.5, 0.9, 0.7]), 0.55) == [1, 2]


def test_boxes_below_the_limit_all_stay() -> None:
    boxes = np.array([[0.0, 0.0, 10.0, 10.0], [5.0, 0.0, 15.0, 10.0]])

    assert suppress(boxes, np.array([0.5, 0.9]), 0.55) == [1, 0]


def test_no_boxes_are_no_trouble() -> None:
    assert suppress(np.zeros((0, 4)), np.zeros(0), 0.5) == []
