"""A lost answer's task is found again: ours is taken, a stranger's never becomes a result."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from shared.domain.endings import OUTCOME_UNPROVEN, RESULT_NOT_OURS
from shared.domain.gate import Permit
from shared.domain.job import Job
from shared.domain.signals import OutcomeUnknown, PermitGranted, PutOff
from shared.domain.state import JobState
from shared.ports.tasks import Submission
from tests.property.histories import failure
from tests.simulation.pictures import picture
from tests.simulation.provider import MODEL
from tests.simulation.world import Functions, World

DAYTIME = 60.0


@dataclass
class Scene:
    """A job whose POST was permitted and answered to nobody; whether it arrived is the test's."""

    world: World = field(default_factory=World)
    functions: Functions = field(init=False)

    def __post_init__(self) -> None:
        self.functions = self.world.functions()

    def uncertain(
        self, name: str = "a.jpg", *, arrives: bool, request_id: str | None = None
    ) -> Job:
        pipeline = self.functions.pipeline
        job, _ = pipeline.journal.accept(self.world.upload(name, picture(1)).source)
        job = pipeline.advance.prepare(job)
        permit = pipeline.gatekeeper.permit(job)
        assert isinstance(permit, Permit)
        job = pipeline.journal.apply(job, PermitGranted(permit.intent.post_not_after, FINGERPRINT))
        if arrives:
            self.post(job)
        return pipeline.journal.apply(job, OutcomeUnknown(self.world.clock.now(), request_id))

    def post(self, job: Job) -> None:
        url = self.world.objects.sign(job.pin.key if job.pin else "", seconds=60)
        self.world.tasks.submit(Submission(model=MODEL, inputs={"image_url": url}), timeout=10)

    def strangers(self, key_id: str) -> None:
        """Another program's task of the same model."""
        tasks = self.world.tasks
        ours, tasks.api_key_id = tasks.api_key_id, key_id
        tasks.submit(Submission(model=MODEL, inputs={"image_url": "others://99"}), timeout=10)
        tasks.api_key_id = ours

    def known_key(self) -> None:
        """One picture was paid for in peace, an hour ago."""
        self.functions.pipeline.take_in([self.world.upload("first.jpg", picture(7))])
        self.world.run(self.functions)
        self.world.clock.advance(3600)

    def look(self, job: Job, *, after: float = 0.0) -> Job:
        self.world.clock.advance(after)
        return self.functions.pipeline.advance(self.current(job))

    def current(self, job: Job) -> Job:
        found = self.world.jobs.get(job.id)
        assert found is not None
        return found

    def settled(self, job: Job) -> Job:
        """Looked at every half minute until it is UNCERTAIN no more."""
        for _ in range(60):
            job = self.look(job, after=30.0)
            if job.state is not JobState.UNCERTAIN:
                return job
        return job

    def ended(self, job: Job) -> Job:
        self.world.clock.advance(DAYTIME)
        self.functions.pipeline.wake()
        self.world.run(self.functions)
        return self.current(job)


FINGERPRINT = "fingerprint"


def test_a_task_without_a_request_id_is_adopted_and_its_result_shows_our_picture() -> None:
    scene = Scene()
    job = scene.look(scene.uncertain(arrives=True))
    assert job.task is not None
    assert job.task.by_likeness

    assert scene.ended(job).state is JobState.DONE


def test_a_request_id_is_proof_enough() -> None:
    scene = Scene()
    job = scene.look(scene.uncertain(arrives=True, request_id="request-000001"))

    assert job.task is not None
    assert not job.task.by_likeness


def test_another_request_id_is_never_adopted() -> None:
    scene = Scene()

    job = scene.look(scene.uncertain(arrives=True, request_id="request-of-ours"))

    assert job.state is JobState.UNCERTAIN
    assert job.task is None


def test_a_strangers_result_goes_to_the_operator_and_counts_as_spent() -> None:
    """Before our key's id is known, one stranger's task in the window looks like ours."""
    scene = Scene()
    job = scene.uncertain(arrives=False)
    scene.strangers("key-2")

    job = scene.ended(scene.look(job))

    assert job.state is JobState.FAILED
    assert job.failure == RESULT_NOT_OURS
    assert job.raw is None
    assert job.saw_succeeded
    gate = scene.functions.pipeline.gatekeeper.load()
    assert (gate.quota.spent, gate.slots) == (1, ())
    assert len(scene.world.tasks.ledger) == 1, "posted again by itself"


def test_equal_bytes_are_not_given_a_strangers_mask() -> None:
    scene = Scene()
    job = scene.uncertain(arrives=False)
    scene.strangers("key-2")
    scene.ended(scene.look(job))

    upload = scene.world.upload("same.jpg", picture(1))
    scene.functions.pipeline.take_in([upload])
    scene.world.run(scene.functions)

    follower = scene.world.job(upload)
    assert follower.state is JobState.DONE
    assert follower.reused_from is None


def test_another_keys_task_is_passed_over_once_our_own_is_known() -> None:
    scene = Scene()
    scene.known_key()
    job = scene.uncertain(arrives=False)
    scene.strangers("key-2")

    job = scene.look(job)

    assert job.state is JobState.UNCERTAIN
    assert scene.functions.pipeline.gatekeeper.load().api_key_id == "key-1"
    assert scene.settled(job).state is JobState.QUEUED


def test_a_task_that_failed_proves_nothing_and_is_not_adopted() -> None:
    scene = Scene()
    scene.world.tasks.segment = lambda _: failure()
    job = scene.uncertain(arrives=False)
    scene.strangers("key-1")
    scene.world.clock.advance(30)

    assert scene.look(job).state is JobState.UNCERTAIN


def test_an_adopted_task_that_fails_leaves_the_job_as_uncertain_as_before() -> None:
    """Ours may be missing from the list still, and succeed."""
    scene = Scene(World(service_seconds=20.0))
    scene.world.tasks.segment = lambda _: failure()
    job = scene.uncertain(arrives=False)
    scene.strangers("key-1")
    job = scene.look(job)
    assert job.state is JobState.RUNNING
    scene.world.clock.advance(30)

    job = scene.functions.pipeline.advance.follow(job)

    assert job.state is JobState.UNCERTAIN
    assert job.task is None


def test_a_task_taken_for_its_likeness_teaches_no_key() -> None:
    """It is claimed before its result is seen; the claim of a stranger's is not proof of ours."""
    scene = Scene(World(service_seconds=20.0))
    scene.world.tasks.segment = lambda _: failure()
    job = scene.uncertain(arrives=False)
    scene.strangers("key-2")
    job = scene.look(job)
    scene.world.clock.advance(30)
    job = scene.functions.pipeline.advance.follow(job)
    assert job.state is JobState.UNCERTAIN

    scene.strangers("key-3")
    scene.look(job, after=1.0)

    assert scene.functions.pipeline.gatekeeper.load().api_key_id is None


def test_several_that_may_be_ours_go_to_the_operator_and_free_the_queue() -> None:
    scene = Scene()
    job = scene.uncertain(arrives=True)
    scene.world.clock.advance(1)
    scene.strangers("key-1")
    began = scene.world.clock.now()

    job = scene.settled(job)

    assert job.state is JobState.FAILED
    assert job.failure == OUTCOME_UNPROVEN
    assert scene.world.clock.now() - began < 600
    assert scene.functions.pipeline.gatekeeper.load().intent is None


@pytest.mark.parametrize(("known", "seconds"), [(True, 360.0), (False, 600.0)])
def test_a_task_of_ours_hours_ago_shows_what_the_list_is_worth(
    *, known: bool, seconds: float
) -> None:
    """Without any, an empty list has only the waiting to speak for it."""
    scene = Scene()
    if known:
        scene.known_key()
    job = scene.uncertain(arrives=False)
    began = scene.world.clock.now()

    assert scene.settled(job).state is JobState.QUEUED
    assert seconds - 90 <= scene.world.clock.now() - began <= seconds


def test_an_exchanged_key_proves_no_absence() -> None:
    """Its account's list shows none of ours, whatever the old key's POST has made."""
    scene = Scene()
    job = scene.uncertain(arrives=True)
    scene.world.tasks.gone.add("task-000001")
    changed = replace(scene.functions.pipeline.advance.submit, key_fingerprint="another")
    settle = replace(scene.functions.pipeline.advance.settle, submit=changed)

    for _ in range(40):
        scene.world.clock.advance(30.0)
        job = settle(scene.current(job))

    assert job.state is JobState.UNCERTAIN


def test_a_post_minutes_late_is_waited_for_as_long_as_the_list_may_lack_it() -> None:
    """The copy was there when it came; every delay since the intent had passed by then."""
    scene = Scene()
    scene.world.tasks.list_lag = 110.0
    scene.known_key()
    pipeline = scene.functions.pipeline
    job, _ = pipeline.journal.accept(scene.world.upload("a.jpg", picture(1)).source)
    job = pipeline.advance.prepare(job)
    permit = pipeline.gatekeeper.permit(job)
    assert isinstance(permit, Permit)
    job = pipeline.journal.apply(job, PermitGranted(permit.intent.post_not_after, FINGERPRINT))
    scene.world.clock.advance(400.0)
    scene.post(job)
    job = pipeline.journal.apply(job, OutcomeUnknown(scene.world.clock.now(), None))

    assert scene.settled(job).state is JobState.RUNNING


def test_no_permission_rests_on_an_old_view_of_a_job() -> None:
    """One who asks with an old view of a job, and dies of it, would count its picture twice."""
    scene = Scene()
    pipeline = scene.functions.pipeline
    job, _ = pipeline.journal.accept(scene.world.upload("a.jpg", picture(1)).source)
    old = pipeline.advance.prepare(job)
    pipeline.journal.apply(old, PutOff(scene.world.clock.now()))

    _, denied = pipeline.advance.submit(old)

    assert denied is not None
    gate = pipeline.gatekeeper.load()
    assert (gate.slots, gate.quota.reserved) == ((), frozenset())
    assert gate.version == 1, "the gate was written for a job that has moved on"
