"""The operator's wishes over the whole simulated pipeline: what is paid, what is not."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from PIL import Image

from shared.adapters.memory.tasks import MemoryTaskService
from shared.domain.breaker import tripped
from shared.domain.endings import FINALIZER_FAILED, OUTCOME_UNPROVEN, RESULT_EXPIRED
from shared.domain.failure import Failure, FailureKind
from shared.domain.job import Job
from shared.domain.signals import ResultUnusable, Signal, TaskVanished
from shared.domain.state import JobState
from shared.ports.tasks import Accepted, Submission, TaskPage, TaskReport
from shared.usecases.accept_upload import Upload
from shared.usecases.operate import Action, Operate, Retried
from tests.simulation.pictures import one_person
from tests.simulation.world import World

REFUSED_PICTURE = Failure(
    kind=FailureKind.TERMINAL, code="DataInspectionFailed", message="the picture was refused"
)
ARREARS = Failure(kind=FailureKind.STOP, code="Arrearage", message="the account is in arrears")


def jpeg(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 512), (shade, 90, 80)).save(out, "JPEG", comment=str(shade))
    return out.getvalue()


class Scene:
    """A world, its functions, and the operator's commands over the same services."""

    def __init__(self, *, budget: int | None = None) -> None:
        self.world = World(budget=budget)
        self.functions = self.world.functions()
        pipeline = self.functions.pipeline
        self.operate = Operate(
            journal=pipeline.journal,
            recall=pipeline.recall,
            gatekeeper=pipeline.gatekeeper,
            perform=pipeline.perform,
            wake=pipeline.wake,
            objects=self.world.objects,
        )

    def take_in(self, count: int) -> list[Upload]:
        uploads = [self.world.upload(f"{n}.jpg", jpeg(n)) for n in range(count)]
        for upload in uploads:
            self.functions.pipeline.take_in([upload])
        return uploads

    def run(self) -> None:
        self.world.run(self.functions)

    def states(self, uploads: list[Upload]) -> list[JobState]:
        return [self.world.job(upload).state for upload in uploads]

    def retry(self, upload: Upload, *, pay_again: bool = False) -> Retried:
        (outcome,) = self.operate.retry([self.world.job(upload)], pay_again=pay_again)
        return outcome

    def billed(self) -> int:
        return sum(task.billed for task in self.world.tasks.ledger.values())

    def told(self) -> list[str]:
        return [event.type for event in self.world.sink.published]

    def refused_by_the_provider(self) -> Upload:
        """A FAILED job that was not paid for."""
        self.world.tasks.segment = lambda _: REFUSED_PICTURE
        (upload,) = self.take_in(1)
        self.run()
        self.world.tasks.segment = one_person
        assert self.world.job(upload).state is JobState.FAILED
        return upload

    def ended_while_finalizing(self, signal: Signal, *, raw: bool) -> Upload:
        """A job that was paid for, ended by *signal* before its result was drawn."""
        (upload,) = self.take_in(1)
        self.functions.pipeline.drain(until=self.world.clock.monotonic() + 25)
        job = self.world.job(upload)
        if raw:
            job = self.functions.finalize.save_raw(job)
        pipeline = self.functions.pipeline
        pipeline.deliver(pipeline.perform(pipeline.journal.apply(job, signal)))
        self.run()
        return upload

    def rewritten(self, job: Job, change: Callable[[Job], Job]) -> Job:
        changed = replace(change(job), version=job.version + 1)
        self.world.jobs.replace(changed, expected_version=job.version)
        return changed


@dataclass(slots=True)
class TasksWhile:
    """The provider; something happens while each POST is on its way."""

    tasks: MemoryTaskService
    happens: Callable[[], object]

    def submit(self, submission: Submission, *, timeout: float) -> Accepted:
        self.happens()
        return self.tasks.submit(submission, timeout=timeout)

    def fetch(self, task_id: str) -> TaskReport:
        return self.tasks.fetch(task_id)

    def list(self, *, since: float, until: float, page: int) -> TaskPage:
        return self.tasks.list(since=since, until=until, page=page)

    def cancel(self, task_id: str) -> bool:
        return self.tasks.cancel(task_id)

    def download(self, url: str, *, limit: int) -> bytes:
        return self.tasks.download(url, limit=limit)


def test_a_failed_job_that_was_not_paid_for_is_tried_again() -> None:
    scene = Scene()
    upload = scene.refused_by_the_provider()

    outcome = scene.retry(upload)
    scene.run()

    job = scene.world.job(upload)
    assert outcome.action is Action.QUEUED
    assert (job.state, job.failure) == (JobState.DONE, None)
    assert scene.billed() == 1
    assert any("retry asked by the operator" in step.note for step in job.history)
    assert not any("--pay-again" in step.note for step in job.history)


def test_a_stored_result_is_finalized_again_and_nothing_is_paid() -> None:
    scene = Scene()
    upload = scene.ended_while_finalizing(ResultUnusable(FINALIZER_FAILED), raw=True)
    assert scene.world.job(upload).state is JobState.FAILED
    assert scene.world.job(upload).pin is None

    outcome = scene.retry(upload, pay_again=True)
    assert scene.world.job(upload).failure is None
    scene.run()

    assert outcome.action is Action.FINALIZING
    assert scene.world.job(upload).state is JobState.DONE
    assert len(scene.world.tasks.ledger) == 1
    assert scene.told() == ["maskline.job.failed", "maskline.job.done"]


def test_a_lost_result_is_paid_again_only_on_that_word() -> None:
    scene = Scene()
    upload = scene.ended_while_finalizing(TaskVanished(RESULT_EXPIRED), raw=False)

    refused = scene.retry(upload)
    scene.run()

    assert refused.action is Action.REFUSED
    assert "--pay-again" in refused.why
    assert "was paid for" in refused.why
    assert (scene.world.job(upload).state, len(scene.world.tasks.ledger)) == (JobState.LOST, 1)

    scene.retry(upload, pay_again=True)
    scene.run()

    job = scene.world.job(upload)
    assert (job.state, scene.billed()) == (JobState.DONE, 2)
    assert any(step.note.endswith("by the operator with --pay-again") for step in job.history)


def test_an_unproven_outcome_is_paid_again_only_on_that_word() -> None:
    scene = Scene()
    upload = scene.refused_by_the_provider()
    scene.rewritten(
        scene.world.job(upload),
        lambda job: replace(job, failure=OUTCOME_UNPROVEN, saw_succeeded=True),
    )

    refused = scene.retry(upload)

    assert refused.action is Action.REFUSED
    assert "not proven" in refused.why
    assert "--pay-again" in refused.why
    assert scene.retry(upload, pay_again=True).action is Action.QUEUED


def test_what_has_ended_well_or_goes_on_is_left_alone() -> None:
    scene = Scene()
    done, rejected = scene.world.upload("a.jpg", jpeg(1)), scene.world.upload("b.jpg", b"no photo")
    scene.functions.pipeline.take_in([done, rejected])
    under_way = scene.retry(done, pay_again=True)
    scene.run()

    whys = [under_way.why, scene.retry(done, pay_again=True).why, scene.retry(rejected).why]

    assert "under way" in whys[0]
    assert "DONE" in whys[1]
    assert "not_a_picture" in whys[2]
    assert scene.states([done, rejected]) == [JobState.DONE, JobState.REJECTED]
    assert len(scene.world.tasks.ledger) == 1


def test_without_its_upload_a_job_is_not_retried() -> None:
    scene = Scene()
    upload = scene.refused_by_the_provider()
    scene.world.objects.put(upload.source.key, jpeg(99), media_type="image/jpeg")
    replaced = scene.retry(upload)
    scene.world.objects.delete(upload.source.key)
    deleted = scene.retry(upload)

    assert (replaced.action, deleted.action) == (Action.REFUSED, Action.REFUSED)
    assert "replaced" in replaced.why
    assert "deleted" in deleted.why
    assert scene.world.job(upload).state is JobState.FAILED


def test_two_operators_at_once_make_one_attempt() -> None:
    scene = Scene()
    upload = scene.refused_by_the_provider()
    seen_by_both = scene.world.job(upload)

    first = scene.operate.retry([seen_by_both], pay_again=False)
    second = scene.operate.retry([seen_by_both], pay_again=False)
    scene.run()

    assert [o.action for o in (*first, *second)] == [Action.QUEUED, Action.REFUSED]
    assert scene.world.job(upload).state is JobState.DONE
    assert scene.billed() == 1


def test_a_refused_job_holds_up_none_of_the_others() -> None:
    scene = Scene()
    lost = scene.ended_while_finalizing(TaskVanished(RESULT_EXPIRED), raw=False)
    scene.world.tasks.segment = lambda _: REFUSED_PICTURE
    failed = scene.world.upload("other.jpg", jpeg(200))
    scene.functions.pipeline.take_in([failed])
    scene.run()
    scene.world.tasks.segment = one_person

    jobs = [scene.world.job(lost), scene.world.job(failed)]
    outcomes = scene.operate.retry(jobs, pay_again=False)
    scene.run()

    assert [outcome.action for outcome in outcomes] == [Action.REFUSED, Action.QUEUED]
    assert scene.states([lost, failed]) == [JobState.LOST, JobState.DONE]


def test_a_pause_among_ten_uploads_posts_nothing_more_and_resuming_finishes_them() -> None:
    scene = Scene()
    uploads = scene.take_in(10)
    scene.functions.pipeline.drain(until=scene.world.clock.monotonic() + 24)
    scene.operate.pause("the shop is closed")
    posted = len(scene.world.tasks.posts)
    assert 2 <= posted <= 8

    scene.run()
    scene.world.clock.advance(3600)
    report = scene.functions.pipeline.drain(until=scene.world.clock.monotonic() + 600)
    scene.run()

    assert report.left_because in {"quiet", "idle"}
    assert len(scene.world.tasks.posts) == posted
    assert scene.states(uploads).count(JobState.DONE) == posted
    assert scene.states(uploads).count(JobState.QUEUED) == 10 - posted
    assert scene.told().count("maskline.pipeline.stopped") == 1

    assert scene.operate.resume().anything
    scene.run()

    assert set(scene.states(uploads)) == {JobState.DONE}
    assert (len(scene.world.tasks.posts), scene.billed()) == (10, 10)
    assert scene.told().count("maskline.pipeline.resumed") == 1


def test_a_pause_outlives_the_attempt_that_was_on_its_way() -> None:
    scene = Scene()
    tasks = TasksWhile(scene.world.tasks, lambda: scene.operate.pause("now"))
    scene.functions = scene.world.functions(tasks=tasks)

    uploads = scene.take_in(2)
    scene.run()

    gate = scene.functions.pipeline.gatekeeper.load()
    assert gate.breaker is not None
    assert gate.breaker.paused
    assert sorted(scene.states(uploads)) == [JobState.DONE, JobState.QUEUED]
    assert "maskline.pipeline.resumed" not in scene.told()


def test_pausing_and_resuming_twice_is_pausing_and_resuming_once() -> None:
    scene = Scene()

    changed = [
        scene.operate.pause("first").anything,
        scene.operate.pause("second").anything,
        scene.operate.resume().anything,
        scene.operate.resume().anything,
    ]
    scene.run()

    assert changed == [True, False, True, False]
    assert scene.told() == ["maskline.pipeline.stopped", "maskline.pipeline.resumed"]


def test_resuming_ends_a_stop_after_an_error_before_its_time() -> None:
    scene = Scene()
    gatekeeper, now = scene.functions.pipeline.gatekeeper, scene.world.clock.now()
    gatekeeper.change(lambda gate: tripped(gate, ARREARS, now=now))
    (upload,) = scene.take_in(1)
    assert scene.world.job(upload).state is JobState.QUEUED

    scene.operate.resume()
    functions, clock = scene.functions, scene.world.clock
    functions.pipeline.drain(until=clock.monotonic() + 23)

    assert clock.now() - now < 60
    assert scene.world.job(upload).state is not JobState.QUEUED


def test_a_budget_that_is_used_up_holds_the_queue_until_it_is_raised() -> None:
    scene = Scene(budget=2)
    uploads = scene.take_in(4)
    scene.run()
    assert sorted(scene.states(uploads)) == [JobState.DONE] * 2 + [JobState.QUEUED] * 2
    assert "maskline.quota.low" in scene.told()

    changed = scene.operate.set_budget(5)
    scene.run()

    assert changed.anything
    assert set(scene.states(uploads)) == {JobState.DONE}
    quota = scene.functions.pipeline.gatekeeper.load().quota
    assert (quota.budget, quota.spent, quota.left, quota.warned) == (5, 4, 1, False)


def test_the_same_budget_changes_nothing_and_warns_nobody_anew() -> None:
    scene = Scene(budget=1)
    scene.take_in(1)
    scene.run()

    assert not scene.operate.set_budget(1).anything
    assert scene.functions.pipeline.gatekeeper.load().quota.warned


@pytest.mark.parametrize("budget", [0, 1])
def test_a_budget_below_what_is_spent_lets_nothing_through(budget: int) -> None:
    scene = Scene()
    scene.take_in(2)
    scene.run()
    scene.operate.set_budget(budget)
    late = scene.world.upload("late.jpg", jpeg(100))

    scene.functions.pipeline.take_in([late])
    scene.run()

    assert scene.world.job(late).state is JobState.QUEUED
    assert scene.functions.pipeline.gatekeeper.load().quota.left == 0
    scene.operate.set_budget(None)
    scene.run()
    assert scene.world.job(late).state is JobState.DONE
