from __future__ import annotations

import numpy as np
import pytest

from scripts.engine.arrays import Rgb
from scripts.engine.geometry import stretched_box
from scripts.engine.pyramid import Pyramid


def square(height: int, width: int) -> Pyramid:
    """Black but for a white square whose pixels' centroid is (599.5, 399.5)."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[336:464, 536:664] = 255
    return Pyramid(picture)


def centroid(patch: Rgb) -> tuple[float, float]:
    weights = patch[..., 0].astype(np.float64)
    rows, columns = np.indices(weights.shape)
    return float((columns * weights).sum() / weights.sum()), float(
        (rows * weights).sum() / weights.sum()
    )


@pytest.mark.parametrize("reduction", [1, 2, 4, 7, 16])
def test_a_crop_looks_at_the_same_place_however_small_it_gets(reduction: int) -> None:
    pixels = 1024 // reduction
    region = stretched_box(np.array([8.0, 8.0, 8.0 + 1024, 8.0 + 1024]), 0.0, pixels)

    found = centroid(square(1049, 1047).crop(region, pixels))

    assert found == pytest.approx(tuple(region @ [599.5, 399.5, 1.0]), abs=0.2)


@pytest.mark.parametrize("window", [(0, 0, 1047, 1049), (501, 277, 702, 499), (5, 5, 760, 1000)])
def test_a_fitted_window_tells_where_it_was(window: tuple[int, int, int, int]) -> None:
    patch, region = square(1049, 1047).fitted(window, 320)

    x, y = centroid(patch)
    assert max(patch.shape[:2]) == 320
    assert (x + 0.5, y + 0.5) == pytest.approx(tuple(region @ [600.0, 400.0, 1.0]), abs=0.2)


def test_a_picture_is_halved_only_as_often_as_a_crop_needs() -> None:
    sharp = np.zeros((64, 64, 3), np.uint8)
    sharp[:, 33:] = 255

    patch = Pyramid(sharp).crop(stretched_box(np.array([0.0, 0.0, 64.0, 64.0]), 0.0, 64), 64)

    assert np.array_equal(patch, sharp)
