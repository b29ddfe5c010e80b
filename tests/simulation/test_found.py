"""Accidents that storms found, each told as the shortest story that leads to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.adapters.memory.stores import MemoryJobStore
from shared.domain import claim, lease, policy
from shared.domain import gate as rules
from shared.domain.effects import SettleContent
from shared.domain.failure import FailureKind
from shared.domain.gate import Denied, Permit
from shared.domain.job import Job
from shared.domain.machine import decide
from shared.domain.signals import InputRefused, OutcomeUnknown, PermitGranted, PutOff, RetryAsked
from shared.domain.state import JobState
from shared.ports.errors import UnavailableError
from shared.ports.tasks import Submission
from tests.property.histories import failure
from tests.simulation.pictures import picture
from tests.simulation.provider import MODEL
from tests.simulation.world import Functions, World


def _prepared(world: World, functions: Functions, name: str = "a.jpg") -> Job:
    job, _ = functions.pipeline.journal.accept(world.upload(name, picture(1)).source)
    return functions.pipeline.advance.prepare(job)


def test_an_attempt_that_has_its_slot_is_not_permitted_again() -> None:
    """One who read the job before it was submitted asks for the same attempt once more."""
    world = World()
    functions = world.functions()
    job = _prepared(world, functions)
    keeper = functions.pipeline.gatekeeper
    assert isinstance(keeper.permit(job), Permit)
    keeper.change(lambda g: rules.accepted(g, job.id, 1, task_id="t", now=world.clock.now()))

    assert keeper.permit(job) == Denied(reason=rules.UNDER_WAY)


def test_who_loses_the_race_for_a_job_leaves_the_winner_its_slot() -> None:
    world = World()
    functions = world.functions()
    stale = _prepared(world, functions)
    pipeline = functions.pipeline
    permit = pipeline.gatekeeper.permit(stale)
    assert isinstance(permit, Permit)
    theirs = replace(permit.intent, nonce="theirs")
    late = _Renamed(pipeline.gatekeeper, theirs)
    slow = replace(pipeline.advance.submit, gatekeeper=late)  # type: ignore[arg-type]  # a stand-in
    pipeline.journal.apply(stale, PermitGranted(permit.intent.post_not_after, "key"))

    slow(stale)

    gate = pipeline.gatekeeper.load()
    assert gate.intent == permit.intent
    assert [slot.job_id for slot in gate.slots] == [stale.id]


class _Renamed:
    """A gatekeeper whose answer to `permit` comes late: another intent stands by then."""

    def __init__(self, keeper: object, intent: object) -> None:
        self._keeper, self._intent = keeper, intent

    def permit(self, job: Job, **_: object) -> Permit:
        return Permit(gate=self._keeper.load(), intent=self._intent)  # type: ignore[attr-defined,arg-type]  # a stand-in

    def __getattr__(self, name: str) -> object:
        return getattr(self._keeper, name)


@pytest.mark.parametrize("code", ["superseded", "deleted"])
def test_a_replaced_upload_says_nothing_against_the_others_with_its_bytes(code: str) -> None:
    world = World()
    job = _prepared(world, world.functions())
    refused = InputRefused(replace(failure(), code=code))

    ended = decide(job, refused, nonce="n", now=1.0)

    assert SettleContent(job.content_id or "", claim.RELEASED) in ended.effects


def test_a_task_found_late_still_has_its_picture() -> None:
    """The list lags: the copy leaves its old name, and the upload itself is replaced meanwhile."""
    world = World()
    functions = world.functions()
    pipeline, tasks = functions.pipeline, world.tasks
    job = _submitting(world, functions)
    old = job.pin.key if job.pin else ""
    tasks.list_lag = 60.0
    job = pipeline.journal.apply(job, OutcomeUnknown(world.clock.now(), None))

    job = pipeline.advance(pipeline.advance(job))
    world.upload("a.jpg", picture(2))
    assert old not in world.objects._objects
    world.clock.advance(120)
    job = pipeline.advance(job)

    assert job.state is JobState.RUNNING
    world.clock.advance(30)
    world.run(functions)
    pipeline.wake()
    world.run(functions)
    found = world.jobs.get(job.id)
    assert found is not None
    assert found.state is JobState.DONE
    assert [key for key in world.objects._objects if key.startswith("pins/")] == []


def _submitting(world: World, functions: Functions) -> Job:
    """A job whose POST was answered to nobody."""
    job = _prepared(world, functions)
    pipeline = functions.pipeline
    permit = pipeline.gatekeeper.permit(job)
    assert isinstance(permit, Permit)
    job = pipeline.journal.apply(job, PermitGranted(permit.intent.post_not_after, "key"))
    pipeline.advance.submit._posted(job, permit.intent)
    del world.claims._rows[f"task#{next(iter(world.tasks.ledger))}"]
    return job


def test_a_poller_that_leaves_knows_of_what_is_due_in_an_hour() -> None:
    """A task unknown to the provider is asked after seldom; with nobody to come, it was lost."""
    world = World()
    functions = world.functions()
    job = _prepared(world, functions)
    later = world.clock.now() + 3600
    functions.pipeline.journal.apply(job, PutOff(later))

    functions.pipeline.drain(until=world.clock.monotonic() + 600)
    world.clock.advance(120)
    functions.pipeline.drain(until=world.clock.monotonic() + 600)

    due = functions.pipeline.gatekeeper.load().next_due
    assert due is not None
    assert due <= later + 1


def test_who_found_work_comes_back_once_for_what_the_index_did_not_show_yet() -> None:
    world = World()
    functions = world.functions()
    functions.pipeline.take_in([world.upload("a.jpg", picture(1))])
    world.run(functions)

    first = functions.pipeline.gatekeeper.load().next_due
    world.clock.advance(61)
    functions.pipeline.drain(until=world.clock.monotonic() + 600)

    assert first is not None
    assert functions.pipeline.gatekeeper.load().next_due is None


def test_who_put_off_a_job_comes_back_for_it_though_the_index_does_not_show_it() -> None:
    hidden: list[bool] = []
    world = World(jobs=MemoryJobStore(lag=lambda: bool(hidden)))
    functions = world.functions(objects=_NoCopies(world, hidden))
    functions.pipeline.journal.accept(world.upload("a.jpg", picture(1)).source)
    keeper, now = functions.pipeline.gatekeeper, world.clock.now()
    keeper.change(lambda g: replace(g, quiet_wake=g.wake, next_due=now))

    functions.pipeline.drain(until=world.clock.monotonic() + 600)

    due = keeper.load().next_due
    assert due is not None
    assert due <= world.clock.now() + 60


class _NoCopies:
    """A bucket that copies nothing; from the first try on the index shows nothing."""

    def __init__(self, world: World, hidden: list[bool]) -> None:
        self._world, self._hidden = world, hidden

    def copy(self, *_: object, **__: object) -> object:
        self._hidden.append(True)
        raise UnavailableError("copy")

    def __getattr__(self, verb: str) -> object:
        return getattr(self._world.objects, verb)


def test_who_takes_over_from_one_that_died_comes_back_as_well() -> None:
    world = World()
    functions = world.functions()
    keeper = functions.pipeline.gatekeeper
    gate = keeper.load()
    keeper.change(lambda g: replace(g, quiet_wake=g.wake))
    keeper.change(lambda g: lease.taken(g, "dead", now=world.clock.now()))
    assert gate.next_due is None

    functions.pipeline.drain(until=world.clock.monotonic() + 600)

    assert keeper.load().next_due is not None


def test_one_that_waits_for_equal_bytes_asks_ever_less_often() -> None:
    assert policy.follow_gap(0.0) == policy.FOLLOW_CHECK
    assert policy.follow_gap(600.0) == 30.0
    assert policy.follow_gap(24 * 3600.0) == policy.SELDOM_FOLLOW


def test_a_post_that_a_frozen_process_sent_minutes_late_is_adopted() -> None:
    """Its task is younger than the window of its intent, and was billed all the same."""
    world = World()
    functions = world.functions()
    pipeline = functions.pipeline
    job = _prepared(world, functions)
    permit = pipeline.gatekeeper.permit(job)
    assert isinstance(permit, Permit)
    job = pipeline.journal.apply(job, PermitGranted(permit.intent.post_not_after, "key"))
    world.clock.advance(200)
    url = world.objects.sign(job.pin.key if job.pin else "", seconds=60)
    world.tasks.submit(Submission(model=MODEL, inputs={"image_url": url}), timeout=10)
    world.clock.advance(30)

    job = pipeline.advance(job)

    assert job.state is JobState.RUNNING
    assert job.task is not None
    assert job.task.task_id == next(iter(world.tasks.ledger))


def test_equal_bytes_wait_for_a_leader_that_was_refused_and_is_tried_again() -> None:
    world = World()
    functions = world.functions()
    pipeline = functions.pipeline
    world.tasks.segment = lambda _: failure()
    leader = world.upload("a.jpg", picture(1))
    pipeline.take_in([leader])
    world.run(functions)
    failed = world.job(leader)
    assert failed.state is JobState.FAILED
    pipeline.journal.apply(failed, RetryAsked("uploaded again", "put-again"))

    follower = _prepared(world, functions, "b.jpg")

    assert follower.state is JobState.QUEUED
    assert follower.waits_for == failed.id


def test_who_leads_again_after_it_gave_up_the_lead_is_the_only_one_that_leads() -> None:
    """It failed for the provider's own reasons, and is tried again before its equals come."""
    world = World()
    functions = world.functions()
    pipeline, leader = functions.pipeline, world.upload("a.jpg", picture(1))
    world.tasks.segment = lambda _: replace(failure(), kind=FailureKind.RETRY)
    pipeline.take_in([leader])
    world.run(functions)
    for _ in range(40):
        world.clock.advance(60)
        pipeline.drain(until=world.clock.monotonic() + 60)
    failed = world.job(leader)
    assert failed.state is JobState.FAILED
    again = pipeline.journal.apply(failed, RetryAsked("uploaded again", "put-again"))
    again = pipeline.advance.prepare(again)

    follower = _prepared(world, functions, "b.jpg")

    assert again.waits_for is None
    assert follower.waits_for == failed.id
