"""When a task is asked after again."""

from __future__ import annotations

import pytest

from shared.domain import policy
from shared.domain.gate import Pace, Slot


@pytest.mark.parametrize("mean", [0.9, 1.1, 2.5, 3.3, 5.7, 9.1, 12.5])
@pytest.mark.parametrize("fraction", [0.0, 0.02, 0.13, 0.71])
def test_the_next_look_is_always_later_than_this_one(mean: float, fraction: float) -> None:
    """Epoch seconds are coarse: a look at its planned time may seem to come just before it."""
    slot = Slot(job_id="j", attempt=1, taken_at=1.8e9 + fraction)
    pace, now = Pace(samples=5, mean=mean, deviation=mean / 20), slot.taken_at

    for _ in range(30):
        planned = policy.next_look(slot, pace, now=now)
        assert planned - now > 0.01
        now = planned
