from __future__ import annotations

import numpy as np
import pytest

from shared.imaging.blurring import box_sums, triangle

RANDOM = np.random.default_rng(11)


@pytest.mark.parametrize("shape", [(9, 12), (1, 1), (2, 30)])
@pytest.mark.parametrize("radius", [0, 1, 3])
def test_a_box_sum_is_the_sum_of_the_box(shape: tuple[int, int], radius: int) -> None:
    values = RANDOM.integers(0, 4080, shape).astype(np.float32)

    sums = box_sums(np.pad(values, radius), radius)

    assert sums.shape == shape
    for place in np.ndindex(shape):
        rows, columns = (slice(max(0, at - radius), at + radius + 1) for at in place)
        assert sums[place] == values[rows, columns].sum()


@pytest.mark.parametrize("reach", [2, 4, 8])
def test_a_triangle_weighs_the_middle_most_and_sums_up_to_all(reach: int) -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[20, 20] = 1

    near = triangle(np.pad(mask, reach - 1), reach)

    slope = np.maximum(0, reach - np.abs(np.arange(40) - 20))
    assert np.array_equal(near, np.outer(slope, slope))
    assert near.sum() == reach**4
