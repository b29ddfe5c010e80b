from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from shared.imaging.doubling import doubled

RANDOM = np.random.default_rng(8)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (7, 9), (40, 131), (150, 20)])
def test_it_is_what_a_bilinear_filter_gives(size: tuple[int, int]) -> None:
    width, height = size
    small = RANDOM.integers(0, 256, (-(-height // 2), -(-width // 2), 3), dtype=np.uint8)

    large = doubled(small, size)

    assert large.shape == (height, width, 3)
    whole = (2 * small.shape[1], 2 * small.shape[0])
    expected = np.asarray(Image.fromarray(small).resize(whole, Image.Resampling.BILINEAR))
    difference = np.abs(large.astype(int) - expected[:height, :width])
    assert difference.max() <= 1  # the filter rounds after either direction


def test_one_colour_stays_one_colour() -> None:
    for value in (0, 1, 254, 255):
        assert (doubled(np.full((3, 5, 3), value, np.uint8), (10, 6)) == value).all()
