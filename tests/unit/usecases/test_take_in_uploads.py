"""The submit function's work: every record of an event, once each, in good and bad times."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.job import Job
from shared.domain.state import JobState
from shared.ports.errors import UnavailableError
from shared.usecases.sweep_uploads import SweepUploads
from shared.usecases.take_in_uploads import NotAcceptedError
from tests.pictures import AWKWARD
from tests.simulation.test_plain_runs import jpeg
from tests.simulation.world import World


class RefusingJobs:
    """A job store that has no room for one key."""

    def __init__(self, jobs: Any, key: str) -> None:
        self._jobs, self._key = jobs, key

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._jobs, verb)

    def add(self, job: Job) -> None:
        if job.source.key == self._key:
            raise UnavailableError("Tablestore: OTSServerBusy")
        self._jobs.add(job)


def test_a_bad_record_is_reported_and_the_good_ones_are_not_repeated() -> None:
    world = World()
    uploads = [world.upload(f"{n}.jpg", jpeg(n)) for n in range(3)]
    trouble = world.functions(jobs=RefusingJobs(world.jobs, uploads[1].source.key))

    with pytest.raises(NotAcceptedError, match=r"1\.jpg: Tablestore"):
        trouble.pipeline.take_in(uploads)
    world.functions().pipeline.take_in(uploads)
    world.run(world.functions())

    assert {world.job(u).state for u in uploads} == {JobState.DONE}
    assert len(world.tasks.ledger) == 3


def test_the_same_event_again_changes_nothing() -> None:
    world = World()
    functions = world.functions()
    upload = world.upload("a.jpg", jpeg(1))
    functions.pipeline.take_in([upload])
    world.run(functions)
    before = world.job(upload)

    functions.pipeline.take_in([upload])
    world.run(functions)

    assert world.job(upload) == before
    assert len(world.sink.published) == 1


def test_an_upload_repeated_later_is_announced_again_and_not_paid_again() -> None:
    world = World()
    functions = world.functions()
    upload = world.upload("a.jpg", jpeg(1))
    functions.pipeline.take_in([upload])
    world.run(functions)

    functions.pipeline.take_in([world.upload("a.jpg", jpeg(1))])
    world.run(functions)

    assert [event.type for event in world.sink.published] == ["maskline.job.done"] * 2
    assert len({event.id for event in world.sink.published}) == 2
    assert len(world.tasks.ledger) == 1


@pytest.mark.parametrize("folder", ["results/", "pins/", "raw/", "elsewhere/"])
def test_what_lies_outside_of_the_upload_prefix_is_ignored(folder: str) -> None:
    world = World()
    upload = world.upload("a.jpg", jpeg(1))
    ours = replace(upload, source=replace(upload.source, key=f"{folder}a.jpg"))

    report = world.functions().pipeline.take_in([ours])

    assert report.accepted == ()
    assert report.ignored == (f"{folder}a.jpg",)


@pytest.mark.parametrize(
    ("key", "event"),
    [
        ("uploads/folder/", "ObjectCreated:PutObject"),
        ("uploads/a.jpg", "ObjectCreated:UploadPart"),
        ("uploads/a.jpg", "ObjectRemoved:DeleteObject"),
    ],
)
def test_folder_markers_and_parts_are_no_uploads(key: str, event: str) -> None:
    world = World()
    upload = world.upload("a.jpg", jpeg(1))
    other = replace(upload, source=replace(upload.source, key=key), event_name=event)

    assert world.functions().pipeline.take_in([other]).accepted == ()


def test_an_upload_that_was_replaced_before_it_was_read_is_rejected_as_such() -> None:
    world = World()
    functions = world.functions()
    old = world.upload("a.jpg", jpeg(1))
    new = world.upload("a.jpg", jpeg(2))

    functions.pipeline.take_in([old, new])
    world.run(functions)

    failure = world.job(old).failure
    assert world.job(old).state is JobState.REJECTED
    assert failure is not None
    assert failure.code == "superseded"
    assert world.job(new).state is JobState.DONE


def test_an_upload_that_was_deleted_before_it_was_read_is_rejected_as_such() -> None:
    world = World()
    upload = world.upload("a.jpg", jpeg(1))
    world.objects.delete(upload.source.key)

    world.functions().pipeline.take_in([upload])

    failure = world.job(upload).failure
    assert failure is not None
    assert (failure.code, bool(failure.remedy_zh)) == ("deleted", True)
    assert world.tasks.ledger == {}


def test_a_heic_photo_is_pinned_as_a_jpeg() -> None:
    world = World()
    upload = world.upload("a.heic", AWKWARD["heic"]())

    world.functions().pipeline.take_in([upload])

    job = world.job(upload)
    assert job.pin is not None
    assert world.objects.read(job.pin.key, limit=10**8).startswith(b"\xff\xd8")
    assert job.pin.key.endswith(".jpg")


def test_rejections_cost_no_slot_and_no_quota() -> None:
    world = World(budget=5)
    functions = world.functions()
    for name in ("empty", "text", "jpeg-cut", "ribbon", "bomb"):
        functions.pipeline.take_in([world.upload(f"{name}.jpg", AWKWARD[name]())])
    world.run(functions)

    gate = functions.pipeline.gatekeeper.load()
    assert {job.state for job in world.jobs._rows.values()} == {JobState.REJECTED}
    assert (gate.slots, gate.quota.spent, gate.quota.reserved) == ((), 0, frozenset())
    assert {event.type for event in world.sink.published} == {"maskline.job.rejected"}


def test_what_function_compute_gave_up_on_is_found_by_the_sweep() -> None:
    world = World()
    upload = world.upload("lost.jpg", jpeg(1))

    functions = world.functions()
    functions.pipeline.drain(until=world.clock.monotonic() + 60.0)
    world.run(functions)

    assert world.job(upload).state is JobState.DONE


def test_a_late_event_of_a_swept_upload_is_no_new_upload_and_a_later_one_is() -> None:
    world = World()
    late = world.upload("a.jpg", jpeg(1))
    world.clock.advance(60)
    functions = world.functions()
    functions.pipeline.drain(until=world.clock.monotonic() + 60.0)
    world.run(functions)

    functions.pipeline.take_in([late])
    assert len(world.sink.published) == 1
    world.clock.advance(60)
    functions.pipeline.take_in([world.upload("a.jpg", jpeg(1))])

    assert len(world.sink.published) == 2


def test_a_new_deployment_looks_for_what_was_missed_meanwhile() -> None:
    world = World()
    functions = world.functions()
    functions.pipeline.drain(until=world.clock.monotonic() + 60.0)
    missed = world.upload("missed.jpg", jpeg(1))
    sweep = functions.pipeline.drain.rounds.sweep
    assert isinstance(sweep, SweepUploads)
    later = replace(sweep, deployment="the next one")
    rounds = replace(functions.pipeline.drain.rounds, sweep=later)

    replace(functions.pipeline.drain, rounds=rounds)(until=world.clock.monotonic() + 60.0)
    world.run(functions)

    assert world.job(missed).state is JobState.DONE
