from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from shared.imaging.membership import membership


@pytest.mark.parametrize("numbers", [(), (0,), (3,), (0, 3, 7), range(5, 25), range(256)])
def test_it_tells_who_is_meant_however_many(numbers: Sequence[int]) -> None:
    labels = np.random.default_rng(1).integers(0, 256, (30, 40), dtype=np.uint8)

    member = membership(labels, numbers)

    assert member.dtype == np.uint8
    assert np.array_equal(member, np.isin(labels, list(numbers)).astype(np.uint8))
