from __future__ import annotations

import numpy as np
import pytest

from scripts.engine.erasure import erase
from scripts.engine.errors import TaskError


def scene() -> tuple[np.ndarray, np.ndarray]:
    picture = np.full((120, 160, 3), (40, 120, 200), np.uint8)
    picture[50:70, 60:90] = (255, 0, 0)
    mask = np.zeros((120, 160), np.uint8)
    mask[50:70, 60:90] = 1
    return picture, mask


@pytest.mark.parametrize("fast", [True, False])
def test_what_is_masked_becomes_its_surroundings(fast: bool) -> None:
    picture, mask = scene()

    erased = erase(picture, mask, fast=fast)

    assert np.abs(erased[60, 75].astype(int) - (40, 120, 200)).max() < 12


def test_what_is_not_masked_stays() -> None:
    picture, mask = scene()

    erased = erase(picture, mask, dilate=False)

    assert np.array_equal(erased[mask == 0], picture[mask == 0])


def test_dilation_takes_the_rim_too() -> None:
    picture, mask = scene()
    mask[50, :] = 0

    assert erase(picture, mask, dilate=False)[50, 75].tolist() == [255, 0, 0]
    assert erase(picture, mask, dilate=True)[50, 75].tolist() != [255, 0, 0]


def test_what_is_kept_stays_though_masked() -> None:
    picture, mask = scene()
    keep = np.zeros_like(mask)
    keep[50:60, 60:90] = 255

    erased = erase(picture, mask, keep, dilate=False)

    assert erased[55, 75].tolist() == [255, 0, 0]
    assert erased[65, 75].tolist() != [255, 0, 0]


def test_an_empty_mask_changes_nothing() -> None:
    picture, mask = scene()

    assert np.array_equal(erase(picture, mask * 0), picture)


def test_a_mask_of_another_size_is_the_caller_s_error() -> None:
    picture, mask = scene()

    with pytest.raises(TaskError) as raised:
        erase(picture, mask[:60])

    assert raised.value.code == "InvalidParameter"


def test_a_picture_larger_than_the_working_size_keeps_its_size() -> None:
    picture = np.full((600, 1500, 3), 90, np.uint8)
    mask = np.zeros((600, 1500), np.uint8)
    mask[200:300, 600:700] = 1
    picture[mask > 0] = 255

    erased = erase(picture, mask)

    assert erased.shape == picture.shape
    assert abs(int(erased[250, 650, 0]) - 90) < 12
