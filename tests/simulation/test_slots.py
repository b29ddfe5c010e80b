"""Long runs in virtual time: the same every time, and as long as they say."""

from __future__ import annotations

import pytest

from tests.simulation.slots import MINUTE, OURS, Run, on_the_minute, ours


@pytest.mark.parametrize("over_limit", ["queue", "reject"])
def test_the_pipeline_does_every_picture_and_repeats_itself(over_limit: str) -> None:
    run = Run(5.0, 6, over_limit)

    first = ours(run)

    assert (first["contender"], first["done"]) == (OURS, 6)
    assert 0.5 < first["utilisation"] <= 1.0
    assert ours(run) == first


def test_a_program_on_the_minute_leaves_the_slot_idle() -> None:
    row = on_the_minute(Run(6.0, 10, "reject"))

    assert (row["contender"], row["done"], row["queries_per_task"]) == (MINUTE, 10, 1.0)
    assert 0.08 < row["utilisation"] < 0.13
