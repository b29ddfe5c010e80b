"""A permission whose grant was lost to another is given back, unless the row is uncertain by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.domain.job import Job
from shared.domain.state import JobState
from shared.ports.errors import ConflictError, UnavailableError
from tests.simulation.pictures import picture
from tests.simulation.storm import GATE
from tests.simulation.world import World


@dataclass
class Interrupted:
    """The jobs' rows; the first write that says SUBMITTING meets *instead*."""

    inner: Any
    instead: Callable[..., None] | None

    def replace(self, row: Job, **expected: Any) -> None:
        if row.state is JobState.SUBMITTING and self.instead is not None:
            instead, self.instead = self.instead, None
            instead(row, **expected)
            return
        self.inner.replace(row, **expected)

    def __getattr__(self, verb: str) -> Any:
        return getattr(self.inner, verb)


def test_the_token_stays_with_a_row_that_somebody_else_found_left_behind() -> None:
    world = World()
    beside = world.functions().pipeline

    def written_unanswered(row: Job, **expected: Any) -> None:
        world.jobs.replace(row, **expected)
        world.clock.advance(60.0)
        beside.advance(row)
        raise UnavailableError("the answer was lost")

    upload = world.upload("a.jpg", picture(1))
    functions = world.functions(jobs=Interrupted(world.jobs, written_unanswered))
    functions.pipeline.take_in([upload])

    job, gate = world.job(upload), world.gates.get(GATE)
    assert job.state is JobState.UNCERTAIN
    assert gate is not None
    assert gate.intent is not None
    assert gate.intent.job_id == job.id
    assert not world.tasks.ledger


def test_a_grant_that_was_never_written_is_given_back() -> None:
    world = World()
    beside = world.functions().pipeline

    def overtaken(row: Job, **_: Any) -> None:
        beside.advance.fenced(world.job(upload))
        raise ConflictError(f"{row.id} is no longer as it was")

    upload = world.upload("a.jpg", picture(1))
    functions = world.functions(jobs=Interrupted(world.jobs, overtaken))
    functions.pipeline.take_in([upload])

    gate = world.gates.get(GATE)
    assert world.job(upload).state is JobState.QUEUED
    assert gate is not None
    assert gate.intent is None
    assert gate.slots == ()
