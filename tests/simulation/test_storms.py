"""Whatever happens last night: one fate for every upload, one payment at most for every image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from shared.domain.job import Job
from shared.domain.signals import OutcomeUnknown, Signal, SubmitPutOff
from shared.usecases.journal import Journal
from tests.simulation.storm import Storm, judge
from tests.simulation.world import Functions

SEEDS = 160


@pytest.mark.parametrize("first", range(0, SEEDS, 20))
def test_after_the_storm_every_upload_has_its_fate_and_was_paid_once(first: int) -> None:
    for seed in range(first, first + 20):
        storm = Storm(seed, over_limit=("queue", "reject")[seed % 2])
        storm.run()
        try:
            judge(storm)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}\n" + "\n".join(storm.log)) from error


def test_a_seed_repeats_its_run_exactly() -> None:
    one, two = Storm(7), Storm(7)
    one.run()
    two.run()

    assert one.log == two.log
    assert one.world.tasks.ledger == two.world.tasks.ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetfulJournal(Journal):
    """Takes "nobody knows" for "it did not happen", and so posts again."""

    def apply(self, job: Job, signal: Signal) -> Job:
        if isinstance(signal, OutcomeUnknown):
            signal = SubmitPutOff(self.clock.now(), "surely not sent")
        return Journal.apply(self, job, signal)


def _with_journal(functions: Functions) -> Functions:
    pipeline = functions.pipeline
    journal = ForgetfulJournal(
        jobs=pipeline.journal.jobs, clock=pipeline.journal.clock, ids=pipeline.journal.ids
    )
    submit = replace(pipeline.advance.submit, journal=journal)
    advance = _renewed(pipeline.advance, submit=submit)
    rounds = replace(pipeline.drain.rounds, advance=advance)
    drain = replace(pipeline.drain, rounds=rounds)
    take_in = replace(pipeline.take_in, advance=advance)
    return replace(
        functions, pipeline=replace(pipeline, advance=advance, drain=drain, take_in=take_in)
    )


def _renewed(advance: Any, **changes: Any) -> Any:
    return replace(advance, **changes)


def test_the_storm_finds_one_who_posts_again_after_an_unknown_outcome() -> None:
    found = []
    for seed in range(200):
        storm = Storm(seed, mutate=_with_journal)
        storm.run()
        try:
            judge(storm)
        except AssertionError as error:
            found.append(str(error))
            break

    assert any("paid for twice" in line for line in found)
