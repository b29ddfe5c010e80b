"""Outlines on the page: the person's shape with holes and parts, in little data."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scripts.viewer.outlines import FRAME, frame_of, outlines
from tests.result_sets import crowd


def boxes(label_map: NDArray[np.uint8]) -> dict[int, tuple[int, int, int, int]]:
    found = {}
    for number in np.unique(label_map[label_map > 0]).tolist():
        y, x = np.nonzero(label_map == number)
        found[number] = (
            int(x.min()),
            int(y.min()),
            int(np.ptp(x)) + 1,
            int(np.ptp(y)) + 1,
        )
    return found


def painted(path: str, frame: tuple[int, int]) -> NDArray[np.bool_]:
    """What a browser fills by the even-odd rule, four times as fine."""
    canvas = np.zeros((frame[1] * 4, frame[0] * 4), np.uint8)
    loops = []
    for x, y, steps in re.findall(r"M(\d+) (\d+)l([^z]*)z", path):
        moves = np.array(steps.split(), int).reshape(-1, 2)
        loops.append(np.cumsum(np.vstack([[int(x), int(y)], moves]), axis=0))
    cv2.fillPoly(canvas, [(loop * 4).astype(np.int32) for loop in loops], 1)
    return canvas[2::4, 2::4].astype(bool)


def likeness(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / (one | other).sum())


def test_holes_and_parts_are_kept() -> None:
    label_map = crowd()

    drawn = outlines(label_map, boxes(label_map))

    assert set(drawn) == {1, 2, 3}
    for number, path in drawn.items():
        assert likeness(painted(path, (640, 512)), label_map == number) > 0.98
    assert drawn[2].count("M") == 2
    assert drawn[3].count("M") == 2


def test_a_large_picture_costs_no_more_than_a_small_one() -> None:
    small = crowd()
    large = np.kron(small, np.ones((6, 6), np.uint8))

    drawn = outlines(large, boxes(large))

    assert frame_of(3840, 3072) == (FRAME, 576)
    assert sum(map(len, drawn.values())) < 4_000
    reduced = cv2.resize(large, (FRAME, 576), interpolation=cv2.INTER_NEAREST_EXACT) == 1
    assert likeness(painted(drawn[1], (FRAME, 576)), reduced) > 0.98


def test_one_pixel_is_outlined_wherever_it_is() -> None:
    label_map = np.zeros((3000, 4000), np.uint8)
    label_map[0, 0] = 1
    label_map[2999, 3999] = 2
    label_map[1501, 2003] = 3

    drawn = outlines(label_map, boxes(label_map))

    assert all(drawn[number].endswith("z") for number in (1, 2, 3))
    x, y = map(float, re.findall(r"[\d.]+", drawn[3])[:2])
    assert (x, y) == pytest.approx((2003 * 0.18, 1501 * 0.18), abs=1)


def test_nobody_gives_nothing() -> None:
    assert outlines(np.zeros((20, 30), np.uint8), {}) == {}
