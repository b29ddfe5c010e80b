"""What the provider says no to: who waits, who gives up, what stops all, and how it goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from shared.domain import breaker, policy
from shared.domain.endings import TASKS_UNKNOWN
from shared.domain.failure import Failure, FailureKind
from shared.domain.gate import Gate
from shared.domain.job import Job, job_id_of
from shared.domain.state import JobState
from shared.ports.errors import ForbiddenError, RefusedError
from shared.ports.tasks import Accepted, Submission, TaskPage, TaskReport
from shared.usecases.accept_upload import Upload
from tests.simulation.pictures import picture
from tests.simulation.provider import failure
from tests.simulation.world import Functions, World

FREE_TIER = failure(FailureKind.STOP, "AllocationQuota.FreeTierOnly")
BAD_KEY = failure(FailureKind.STOP, "InvalidApiKey")
BUSY = failure(FailureKind.RETRY, "ModelUnavailable")


@dataclass
class Gatehouse:
    """The provider behind somebody who may refuse: submissions by `refuse`, queries by `deaf`."""

    world: World
    refuse: Callable[[str], RefusedError | None] = lambda _: None
    deaf: Failure | None = None
    refused: Counter[str] = field(default_factory=Counter)

    def submit(self, submission: Submission, *, timeout: float) -> Accepted:
        error = self.refuse(submission.inputs["image_url"])
        if error is not None:
            self.refused[error.failure.code] += 1
            raise error
        return self.world.tasks.submit(submission, timeout=timeout)

    def fetch(self, task_id: str) -> TaskReport:
        self._listen()
        return self.world.tasks.fetch(task_id)

    def list(self, *, since: float, until: float, page: int) -> TaskPage:
        self._listen()
        return self.world.tasks.list(since=since, until=until, page=page)

    def _listen(self) -> None:
        if self.deaf is not None:
            raise ForbiddenError(self.deaf.code, failure=self.deaf)

    def cancel(self, task_id: str) -> bool:
        return self.world.tasks.cancel(task_id)

    def download(self, url: str, *, limit: int) -> bytes:
        return self.world.tasks.download(url, limit=limit)


@dataclass
class Scene:
    world: World = field(default_factory=World)
    functions: Functions = field(init=False)
    gatehouse: Gatehouse = field(init=False)

    def __post_init__(self) -> None:
        self.gatehouse = Gatehouse(self.world)
        self.functions = self.world.functions(tasks=self.gatehouse)

    def uploads(self, count: int) -> list[Upload]:
        made = [self.world.upload(f"{n}.jpg", picture(n)) for n in range(count)]
        for upload in made:
            self.functions.pipeline.take_in([upload])
        return made

    def run(self, seconds: float) -> None:
        """Ticks of the timer for so long."""
        until = self.world.clock.now() + seconds
        while self.world.clock.now() < until:
            self.world.run(self.functions)
            self.functions.pipeline.drain(until=self.world.clock.monotonic() + 60.0)
            self.world.clock.advance(10.0)

    def states(self) -> Counter[JobState]:
        return Counter(job.state for job in self.world.jobs._rows.values())

    def events(self, kind: str) -> int:
        return sum(event.type == f"maskline.pipeline.{kind}" for event in self.world.sink.published)


def test_the_free_quota_ends_in_the_middle_of_a_hundred_pictures() -> None:
    scene = Scene()
    gone, times = [True], []

    def refuse(_: str) -> RefusedError | None:
        if not gone[0] or len(scene.world.tasks.ledger) < 50:
            return None
        times.append(scene.world.clock.now())
        return RefusedError(FREE_TIER)

    scene.gatehouse.refuse = refuse
    scene.uploads(100)
    scene.run(3600.0)

    assert times[1] - times[0] >= breaker.FIRST_PROBE, "more than one refused before the stop"
    assert scene.gatehouse.refused.total() <= 7, "probes: after 1, 2, 4, 8, 16, 30 minutes"
    assert scene.events("stopped") == 1
    assert scene.states() == {JobState.DONE: 50, JobState.QUEUED: 50}

    gone[0] = False
    scene.functions.pipeline.gatekeeper.change(_resumed(scene))
    scene.functions.pipeline.wake()
    scene.run(300.0)

    assert scene.states() == {JobState.DONE: 100}
    assert len(scene.world.tasks.ledger) == 100
    assert scene.events("resumed") == 1


def _resumed(scene: Scene) -> Callable[[Gate], Gate]:
    return lambda gate: breaker.resumed(gate, now=scene.world.clock.now())


def test_a_picture_that_is_always_put_off_fails_with_the_providers_word_and_blocks_nobody() -> None:
    scene = Scene()
    poison = scene.world.upload("poison.jpg", picture(50))
    name = _job_id(poison)
    scene.gatehouse.refuse = lambda url: RefusedError(BUSY) if name in url else None
    scene.functions.pipeline.take_in([poison])
    others = scene.uploads(5)
    scene.run(60.0)
    assert {scene.world.job(other).state for other in others} == {JobState.DONE}

    scene.run(3600.0)

    job = scene.world.job(poison)
    assert job.state is JobState.FAILED
    assert job.failure is not None
    assert (job.failure.code, job.failure.message) == (BUSY.code, BUSY.message)
    assert "not tried again by itself" in (job.failure.remedy or "")
    assert scene.gatehouse.refused[BUSY.code] == policy.MAX_REFUSALS


def _job_id(upload: Upload) -> str:
    return job_id_of(upload.source.bucket, upload.source.key, upload.source.etag)


def test_a_wait_that_was_asked_for_is_kept() -> None:
    scene = Scene()
    began, times = scene.world.clock.now(), []

    def refuse(_: str) -> RefusedError | None:
        times.append(scene.world.clock.now() - began)
        throttled = failure(FailureKind.RETRY, "Throttling.RateQuota")
        return (
            RefusedError(throttled, throttled=True, retry_after=45.0) if len(times) == 1 else None
        )

    scene.gatehouse.refuse = refuse
    scene.uploads(3)
    scene.run(90.0)

    assert scene.states() == {JobState.DONE: 3}
    assert times[1] >= 45.0


@pytest.mark.parametrize(("code", "tasks"), [("InternalError.Timeout", 2), ("InternalError", 4)])
def test_failures_that_may_pass_are_tried_again_so_often_and_no_more(code: str, tasks: int) -> None:
    scene = Scene()
    scene.world.tasks.segment = lambda _: failure(FailureKind.RETRY, code)
    (upload,) = scene.uploads(1)
    scene.run(1800.0)

    job = scene.world.job(upload)
    assert job.state is JobState.FAILED
    assert job.failure is not None
    assert job.failure.code == code
    assert job.failure.remedy == (
        f"it failed {tasks} times and is not tried again by itself; `maskline retry` tries again, "
        "and a failed task costs nothing"
    )
    assert len(scene.world.tasks.ledger) == tasks


def _running(scene: Scene, number: int) -> Job:
    """A job with a task that the provider has begun, minutes ago."""
    upload = scene.world.upload(f"{number}.jpg", picture(number))
    scene.functions.pipeline.take_in([upload])
    scene.world.clock.advance(2 * 60.0)
    job = scene.world.job(upload)
    assert job.state is JobState.RUNNING
    return job


@pytest.mark.parametrize(("gone", "stops"), [(1, False), (2, True)])
def test_two_jobs_in_a_row_that_the_provider_does_not_know_stop_all(
    *, gone: int, stops: bool
) -> None:
    """One may have been forgotten; two look like another account's key (protocol 10)."""
    scene = Scene(World(service_seconds=600.0))
    jobs = [_running(scene, number) for number in range(2)]
    for job in jobs[:gone]:
        scene.world.tasks.gone.add(job.task.task_id if job.task else "")
    for job in jobs:
        scene.functions.pipeline.advance.follow(job)

    stopped = scene.functions.pipeline.gatekeeper.load().breaker
    assert (stopped is not None) is stops
    assert stopped is None or stopped.code == TASKS_UNKNOWN.code
    assert {job.state for job in scene.world.jobs._rows.values()} == {JobState.RUNNING}


def test_a_task_that_the_list_shows_casts_no_doubt_on_the_key() -> None:
    scene = Scene(World(service_seconds=600.0))
    jobs = [_running(scene, number) for number in range(2)]
    known = [job.task.task_id for job in jobs if job.task]
    scene.functions = scene.world.functions(tasks=_Forgetful(scene.world))
    for job in jobs:
        scene.functions.pipeline.advance.follow(job)

    assert len(known) == 2
    assert scene.functions.pipeline.gatekeeper.load().breaker is None
    assert scene.functions.pipeline.gatekeeper.load().unknown_job is None


class _Forgetful(Gatehouse):
    """Lists what it does not know when asked for it."""

    def fetch(self, task_id: str) -> TaskReport:
        return self.world.tasks.fetch(f"not-{task_id}")


def test_a_key_that_queries_refuse_stops_submissions_and_a_query_shows_it_mended() -> None:
    scene = Scene(World(service_seconds=5.0))
    scene.uploads(6)
    scene.gatehouse.deaf = BAD_KEY
    scene.run(600.0)
    posted = len(scene.world.tasks.ledger)
    assert scene.functions.pipeline.gatekeeper.load().breaker is not None

    scene.gatehouse.deaf = None
    scene.run(1860.0)

    assert posted <= 3
    assert scene.gatehouse.refused.total() == 0
    assert scene.states() == {JobState.DONE: 6}
    assert (scene.events("stopped"), scene.events("resumed")) == (1, 1)


def test_a_task_that_hangs_holds_no_slot_for_ever() -> None:
    scene = Scene(World(service_seconds=30 * 3600.0))
    job = _running(scene, 1)
    scene.world.clock.advance(policy.LONGEST_TASK)

    job = scene.functions.pipeline.advance.follow(job)

    assert job.state is JobState.RUNNING
    gate = scene.functions.pipeline.gatekeeper.load()
    assert (gate.slots, gate.quota.spent) == ((), 1)


def test_a_result_beyond_its_surest_life_is_asked_for_before_it_is_given_up() -> None:
    """Nobody finalized for three hours; the provider still has it."""
    scene = Scene()
    scene.uploads(1)
    scene.functions.pipeline.drain(until=scene.world.clock.monotonic() + 30.0)
    assert scene.states() == {JobState.FINALIZING: 1}
    scene.world.invoker.asked.clear()
    scene.world.clock.advance(3 * 3600.0)

    scene.run(60.0)

    assert scene.states() == {JobState.DONE: 1}


def test_results_at_risk_come_before_events_and_in_the_order_of_their_ends() -> None:
    scene = Scene()
    scene.uploads(3)
    scene.run(60.0)
    rows = list(scene.world.jobs._rows.values())

    def at(job: Job, deadline: float) -> Job:
        assert job.task is not None
        return replace(
            job, state=JobState.FINALIZING, raw=None, task=replace(job.task, deadline=deadline)
        )

    done, soon, later = rows[0], at(rows[1], 100.0), at(rows[2], 200.0)
    told = replace(done, due_at=1.0)
    tomorrow = replace(soon, due_at=2e9)

    ordered = sorted([tomorrow, told, later, soon], key=partial(policy.urgency, now=1.9e9))

    assert ordered == [soon, later, told, tomorrow]
