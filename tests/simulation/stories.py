"""Accidents that no seed is likely to meet, told, for planted bugs to make them end badly.

A story sets its own scene, lets the pipeline live through it, and raises LawBrokenError where it
came out otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain import policy
from shared.domain.events import PIPELINE_STOPPED
from shared.domain.failure import FailureKind
from shared.domain.job import Job
from shared.domain.outbox import Outgoing
from shared.domain.policy import FINALIZER_LIFE
from shared.domain.state import JobState
from shared.ports.errors import RefusedError
from shared.ports.tasks import Accepted, Submission
from shared.usecases.accept_upload import Upload
from tests.simulation.grafting import grafted
from tests.simulation.laws import LawBrokenError
from tests.simulation.operators import forgetting
from tests.simulation.pictures import picture
from tests.simulation.provider import failure
from tests.simulation.world import Functions, World

ASKED = 45.0
"""Seconds that the provider asks to be left alone for."""


@dataclass
class Doorkeeper:
    """The provider behind somebody who may refuse a submission; `posts` are the times of all."""

    world: World
    refuse: Callable[[int], RefusedError | None]
    posts: list[float] = field(default_factory=list)

    def submit(self, submission: Submission, *, timeout: float) -> Accepted:
        self.posts.append(self.world.clock.now())
        error = self.refuse(len(self.posts))
        if error is not None:
            raise error
        return self.world.tasks.submit(submission, timeout=timeout)

    def __getattr__(self, verb: str) -> Any:
        return getattr(self.world.tasks, verb)


@dataclass(frozen=True)
class Cast:
    """Who plays: the pipeline with *parts* in the place of its own."""

    parts: Mapping[type, type] = field(default_factory=dict)

    def functions(self, world: World, **ports: Any) -> Functions:
        return grafted(world.functions(**ports), self.parts)


Story = Callable[[Cast], None]


def another_accounts_key(cast: Cast) -> None:
    """The key was exchanged for another account's: it knows none of our tasks (protocol 10)."""
    world = World(service_seconds=1200.0)
    functions = cast.functions(world)
    sent(world, functions, 6)
    world.tasks.gone = _Everything()
    minutes(world, functions, 5)

    said = [event.type for event in world.sink.published]
    holds(PIPELINE_STOPPED in said, "nothing stopped")
    states = {job.state for job in _jobs(world)}
    holds(states <= {JobState.RUNNING, JobState.QUEUED}, f"given up: {states}")


class _Everything(set[str]):
    """No task is known."""

    def __contains__(self, _: object) -> bool:
        return True


def asked_to_wait(cast: Cast) -> None:
    """A refusal says for how long nothing is to be sent."""
    busy = failure(FailureKind.RETRY, "Throttling.RateQuota")
    error = RefusedError(busy, throttled=True, retry_after=ASKED)
    world = World()
    door = Doorkeeper(world, lambda number: error if number == 1 else None)
    functions = cast.functions(world, tasks=door)
    sent(world, functions, 3)
    minutes(world, functions, 3)

    holds({job.state for job in _jobs(world)} == {JobState.DONE}, "not done in the end")
    holds(door.posts[1] - door.posts[0] >= ASKED, "sent sooner than was asked for")


def put_off_for_ever(cast: Cast) -> None:
    """The provider puts a picture off each time: so often, and no more."""
    error = RefusedError(failure(FailureKind.RETRY, "ModelUnavailable"))
    world = World()
    door = Doorkeeper(world, lambda _: error)
    functions = cast.functions(world, tasks=door)
    sent(world, functions, 1)
    minutes(world, functions, 30)

    (job,) = _jobs(world)
    holds(job.state is JobState.FAILED, f"{len(door.posts)} refusals, and {job.state} still")
    holds(len(door.posts) == policy.MAX_REFUSALS, f"tried {len(door.posts)} times")


def the_first_is_told_of_after_the_stop(cast: Cast) -> None:
    """The gate hears that a task was taken when the next POST has been refused (law 6)."""
    arrears = RefusedError(failure(FailureKind.STOP, "Arrearage"))
    world = World(service_seconds=1200.0)
    door = Doorkeeper(world, lambda number: arrears if number > 1 else None)
    functions = cast.functions(world, tasks=door)
    sent(world, functions, 2)
    holds(len(door.posts) == 2, "the second was not tried")
    (first,) = (job for job in _jobs(world) if job.task is not None)
    if first.task is not None:
        functions.pipeline.advance.submit.taken(first, first.task)
    functions.pipeline.drain(until=world.clock.monotonic() + 30.0)

    holds(len(door.posts) == 2, "posted to a stopped account")


def told_after_it_was_forgotten(cast: Cast) -> None:
    """An event comes once more when its upload is forgotten: nothing is paid (protocol 9)."""
    world = World()
    functions = cast.functions(world)
    (upload,) = sent(world, functions, 1)
    minutes(world, functions, 1)
    there = world.objects._objects[upload.source.key]
    world.clock.advance(FINALIZER_LIFE)
    forgetting(functions)(upload.source.key)
    world.objects._objects[upload.source.key] = there  # a delete that a cache has not seen
    older = replace(upload, source=replace(upload.source, request_id="put-0"))
    for again in (upload, older):
        functions.pipeline.take_in([again])
        minutes(world, functions, 2)

    holds(len(world.tasks.ledger) == 1, "what was forgotten was paid for again")


def finalizers_away_for_hours(cast: Cast) -> None:
    """Nobody finalized for three hours, and the provider still has it (law 3)."""
    world = World()
    functions = cast.functions(world)
    sent(world, functions, 1)
    functions.pipeline.drain(until=world.clock.monotonic() + 30.0)
    world.invoker.asked.clear()
    world.clock.advance(3 * 3600.0)
    minutes(world, functions, 2)

    (job,) = _jobs(world)
    holds(job.state is JobState.DONE, f"a paid result that was there: {job.state}")


def a_result_behind_a_heap_of_events(cast: Cast) -> None:
    """The sinks were away: hundreds of events are owed for long, and one result runs out soon."""
    world = World()
    functions = cast.functions(world)
    sent(world, functions, 2)
    minutes(world, functions, 1)
    now = world.clock.now()
    first, other = _jobs(world)
    for number in range(200):
        job = replace(other, id=f"{number:032x}")
        owes = replace(job, due_at=now - 600.0, outbox=(_owed(job, now),))
        world.jobs._rows[job.id] = owes
    unsaved = replace(first, state=JobState.FINALIZING, raw=None, finalize_attempt=1)
    world.jobs._rows[first.id] = replace(unsaved, due_at=now - 60.0)
    functions.pipeline.drain.rounds()

    asked = [payload["job_id"] for name, payload, _ in world.invoker.asked if name == "finalizer"]
    holds(asked == [first.id], "what runs out stood behind what only waits")


def sent(world: World, functions: Functions, count: int, *, first: int = 0) -> list[Upload]:
    """So many uploads, taken in one by one."""
    numbers = range(first, first + count)
    uploads = [world.upload(f"{number}.jpg", picture(number)) for number in numbers]
    for upload in uploads:
        functions.pipeline.take_in([upload])
    return uploads


def minutes(world: World, functions: Functions, count: float) -> None:
    """The timer ticks for so long."""
    until = world.clock.now() + 60.0 * count
    while world.clock.now() < until:
        world.run(functions)
        functions.pipeline.drain(until=world.clock.monotonic() + 60.0)
        world.clock.advance(10.0)
    world.run(functions)


def _jobs(world: World) -> list[Job]:
    return sorted(world.jobs._rows.values(), key=lambda job: job.source.key)


def _owed(job: Job, now: float) -> Outgoing:
    """An event that no sink has."""
    return Outgoing(
        event_id=f"{job.id}:again",
        type="maskline.job.done",
        sequence=job.version,
        occurred_at=now,
    )


def holds(kept: bool, otherwise: str) -> None:
    """Raises LawBrokenError where it came out otherwise."""
    if not kept:
        raise LawBrokenError(otherwise)
