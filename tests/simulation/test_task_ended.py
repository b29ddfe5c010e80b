"""The provider's completion event, on the path of the poll: with it, without it, twice, forged."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.job import Job
from shared.domain.state import JobState
from shared.ports.errors import UnavailableError
from shared.ports.tasks import TaskReport
from shared.usecases.look_now import LookNow
from tests.simulation.pictures import picture
from tests.simulation.world import Functions, World

RUNNING, DONE = JobState.RUNNING, JobState.DONE


class Asked:
    """The provider, and which tasks it was asked after; it may be away."""

    def __init__(self, tasks: Any) -> None:
        self.tasks, self.fetched, self.away = tasks, list[str](), False

    def fetch(self, task_id: str) -> TaskReport:
        self.fetched.append(task_id)
        if self.away:
            raise UnavailableError("away")
        report: TaskReport = self.tasks.fetch(task_id)
        return report

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tasks, name)


class Scene:
    """Five uploads; the provider has the first three, and nobody polls."""

    def __init__(self) -> None:
        self.world = World(service_seconds=5.0)
        self.provider = Asked(self.world.tasks)
        self.functions: Functions = self.world.functions(tasks=self.provider)
        pipeline = self.functions.pipeline
        self.look_now = LookNow(rounds=pipeline.drain.rounds, wake=pipeline.wake)
        self.uploads = [self.world.upload(f"{n}.jpg", picture(n)) for n in range(5)]
        for upload in self.uploads:
            pipeline.take_in([upload])
            self.world.clock.advance(1.0)
        self.world.invoker.asked.clear()

    def jobs(self) -> list[Job]:
        return [self.world.job(upload) for upload in self.uploads]

    def first(self) -> str:
        job = self.jobs()[0]
        assert job.task is not None
        return job.task.task_id

    def asked(self) -> list[str]:
        return [name for name, _, _ in self.world.invoker.asked]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_an_ended_task_is_followed_at_once_and_its_slot_filled(scene: Scene) -> None:
    scene.world.clock.advance(0.5)
    waiting = [job.state for job in scene.jobs()].count(JobState.QUEUED)

    assert scene.look_now([scene.first()]) == 1

    assert scene.jobs()[0].state is JobState.FINALIZING
    assert [job.state for job in scene.jobs()].count(JobState.QUEUED) == waiting - 1
    assert "finalizer" in scene.asked()
    assert "poller" in scene.asked(), "nobody follows the next task"
    scene.world.run(scene.functions)
    assert all(job.state is DONE for job in scene.jobs())
    assert len(scene.world.tasks.ledger) == len(scene.uploads)


def test_twice_is_once(scene: Scene) -> None:
    task_id = scene.first()
    scene.look_now([task_id])
    asked, before = list(scene.provider.fetched), scene.jobs()

    assert scene.look_now([task_id]) == 0

    assert scene.provider.fetched == asked
    assert scene.jobs() == before


def test_what_is_said_of_a_task_that_still_runs_is_not_believed() -> None:
    scene = Scene()
    last = [job for job in scene.jobs() if job.task is not None][-1]
    assert last.task is not None
    before = scene.jobs()

    assert scene.look_now([last.task.task_id]) == 0

    assert scene.provider.fetched == [last.task.task_id]
    assert scene.jobs() == before
    assert scene.asked() == []


@pytest.mark.parametrize("task_id", ["task-999999", "", "id2"])
def test_a_strangers_task_costs_no_question(scene: Scene, task_id: str) -> None:
    before = scene.jobs()

    assert scene.look_now([task_id]) == 0

    assert scene.provider.fetched == []
    assert scene.jobs() == before


def test_where_the_provider_does_not_answer_the_poll_does_it_later(scene: Scene) -> None:
    scene.provider.away = True
    assert scene.look_now([scene.first()]) == 0
    scene.provider.away = False

    scene.functions.pipeline.drain(until=scene.world.clock.monotonic() + 600.0)
    scene.world.run(scene.functions)

    assert all(job.state is DONE for job in scene.jobs())


def test_a_deployment_that_never_had_a_job_has_nothing_to_look_at() -> None:
    pipeline = World().functions().pipeline

    assert LookNow(rounds=pipeline.drain.rounds, wake=pipeline.wake)(["task-1"]) == 0
