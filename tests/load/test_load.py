"""Six clients at once, for a short while: nothing is refused without a reason, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.load.knowledge import Knowledge
from tests.load.measures import MIB, Sample, growth
from tests.load.run import Load, Order
from tests.load.tally import RefusedError, Tally, UnansweredError

ENOUGH = 200 * MIB
"""It takes 100 after half an hour."""


def test_mixed_load_meets_no_error_that_it_does_not_bring_about(tmp_path: Path) -> None:
    outcome = Load(Order(seed=3, seconds=15.0), tmp_path).run()

    assert not outcome.wrong
    assert outcome.tally.unanswered.total() == 0
    assert len({what.partition(".")[0] for what in outcome.tally.done}) == 5, outcome.report()
    assert max(each.memory for each in outcome.samples) < ENOUGH


@pytest.mark.parametrize("seed", [11, 12])
def test_what_was_acknowledged_survives_kills_at_any_instant(tmp_path: Path, seed: int) -> None:
    outcome = Load(Order(seed=seed, seconds=8.0, kills=3), tmp_path).run()

    assert not outcome.wrong
    assert outcome.tally.outage == 6


# --- the accounts themselves ------------------------------------------------------------------


def test_a_lost_write_and_a_write_that_nobody_made_are_seen() -> None:
    knows: Knowledge[int] = Knowledge()
    knows.wrote("a", 1)
    knows.may_have_written("a", 2)

    assert knows.read("a", 2)
    assert not knows.read("a", 1)
    assert not knows.read("b", 5)


def test_an_unanswered_write_may_be_there_or_not() -> None:
    for found in (1, 2):
        knows: Knowledge[int] = Knowledge()
        knows.wrote("a", 1)
        knows.may_have_written("a", 2)
        assert knows.read("a", found)


def test_silence_is_wrong_unless_somebody_was_killed() -> None:
    def silent() -> None:
        raise TimeoutError

    tally = Tally()
    for outage in (1, 2):
        tally.outage = outage
        with pytest.raises(UnansweredError):
            tally.attempt("oss.GetObject", silent, lambda _: "")

    assert tally.wrong == ["oss.GetObject: no answer, though nobody was killed"]


def test_a_refusal_is_counted_by_its_code() -> None:
    def refused() -> None:
        raise ValueError

    tally = Tally()
    with pytest.raises(RefusedError):
        tally.attempt("oss.GetObject", refused, lambda _: "NoSuchKey")

    assert tally.refused == {"oss.GetObject NoSuchKey": 1}


def test_growth_is_told_by_the_hour() -> None:
    samples = [
        Sample(at=60.0 * n, memory=100 * MIB + n * MIB, files=1, threads=1, disk=0)
        for n in range(30)
    ]

    assert growth(samples) == pytest.approx(60 * MIB)
