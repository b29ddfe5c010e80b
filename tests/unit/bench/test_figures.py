"""Figures out of samples and ledgers."""

from __future__ import annotations

import pytest

from scripts.bench.figures import calls_between, percentile, spread, utilisation


def task(start: float | None, end: float | None) -> dict[str, float | None]:
    return {"start_time": start, "end_time": end}


def test_a_slot_that_never_pauses_is_fully_used() -> None:
    assert utilisation([task(10.0, 12.0), task(12.0, 15.0)]) == pytest.approx(1.0)


def test_a_pause_between_two_tasks_counts_against_it() -> None:
    assert utilisation([task(10.0, 12.0), task(16.0, 18.0)]) == pytest.approx(0.5)


def test_tasks_without_an_end_count_for_nothing() -> None:
    assert utilisation([task(10.0, 12.0), task(12.0, None), task(None, 9.0)]) == pytest.approx(1.0)
    assert utilisation([]) == 0.0


def test_a_spread_and_what_it_is_in_another() -> None:
    ours, theirs = spread([3.0, 1.0, 2.0]), spread([4.0])

    assert (ours.least, ours.median, ours.most) == (1.0, 2.0, 3.0)
    assert ours.over(theirs) == pytest.approx(0.5)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 10.0), (0.95, 19.0), (1.0, 20.0)])
def test_a_percentile_is_one_of_the_samples(share: float, expected: float) -> None:
    assert percentile([float(n) for n in range(20, 0, -1)], share) == expected


def test_calls_between_two_looks_at_a_ledger() -> None:
    before = {"oss": {"PutObject": 2, "GetObject": 1}}
    after = {"oss": {"PutObject": 5, "GetObject": 1}, "fc": {"InvokeFunction": 3}}

    assert calls_between(before, after) == {"oss": {"PutObject": 3}, "fc": {"InvokeFunction": 3}}
