"""Jobs that left for the archive: known to everybody, and back where somebody needs them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.archiving import is_newcomer, may_be_archived
from shared.domain.job import Job
from shared.domain.policy import FINALIZER_LIFE
from shared.domain.state import JobState
from shared.ports.errors import ConflictError, UnavailableError
from shared.usecases.accept_upload import Upload
from tests.simulation.operators import archive, archiving, forgetting
from tests.simulation.pictures import picture
from tests.simulation.world import World


class Scene:
    """One upload that is DONE and archived."""

    def __init__(self) -> None:
        self.world = World()
        self.functions = self.world.functions()
        self.pipeline = self.functions.pipeline
        self.upload = self.world.upload("a.jpg", picture(1))
        self.pipeline.take_in([self.upload])
        self.world.run(self.functions)
        self.done = self.world.job(self.upload)
        self.archive = archiving(self.functions)
        assert self.archive(self.done)

    def again(self, request_id: str) -> Job:
        """The upload, told of by another event."""
        source = replace(self.upload.source, request_id=request_id)
        self.pipeline.take_in([Upload(source=source, event_name=self.upload.event_name)])
        self.world.run(self.functions)
        return self.world.job(self.upload)

    @property
    def standing(self) -> Job | None:
        return self.world.jobs.get(self.done.id)


def test_it_stands_in_the_archive_as_it_was_and_nowhere_else() -> None:
    scene = Scene()

    assert scene.standing is None
    assert scene.world.archive.get(scene.done.id) == scene.done
    assert scene.pipeline.known.get(scene.done.id) == scene.done


def test_a_redelivery_brings_it_back_and_nothing_happens() -> None:
    scene = Scene()
    back = scene.again(scene.upload.source.request_id)

    assert scene.standing == back
    assert scene.world.archive.get(back.id) is None
    assert (back.state, back.version) == (JobState.DONE, scene.done.version + 1)
    assert back.history[-1].note == "back from the archive"
    assert sum(step.count for step in back.history) == back.version
    assert len(scene.world.sink.published) == len(scene.world.tasks.ledger) == 1


def test_a_new_upload_of_it_is_announced_again_and_not_paid_for() -> None:
    scene = Scene()
    back = scene.again("put-again")

    assert (back.state, back.announcements) == (JobState.DONE, 2)
    assert len(scene.world.sink.published) == 2
    assert len(scene.world.tasks.ledger) == 1


def test_who_accepted_it_may_die_and_the_poller_sees_that_it_is_known() -> None:
    scene = Scene()
    newcomer = scene.pipeline.take_in.accept(scene.upload.source)
    assert is_newcomer(newcomer)
    scene.pipeline.wake()
    scene.world.run(scene.functions)

    assert scene.standing is not None
    assert scene.standing.state is JobState.DONE
    assert len(scene.world.tasks.ledger) == 1


def test_the_sweep_finds_nothing_new_in_it() -> None:
    scene = Scene()
    scene.world.clock.advance(2 * 24 * 3600.0)
    scene.pipeline.drain(until=scene.world.clock.monotonic() + 5.0)

    assert scene.standing is None


def test_equal_bytes_reuse_its_result() -> None:
    scene = Scene()
    other = scene.world.upload("b.jpg", picture(1))
    scene.pipeline.take_in([other])
    scene.world.run(scene.functions)

    assert scene.world.job(other).reused_from == scene.done.id
    assert len(scene.world.tasks.ledger) == 1


def test_archiving_twice_and_a_death_in_between_end_well() -> None:
    scene = Scene()
    scene.again("put-again")
    standing = scene.standing
    assert standing is not None
    scene.world.archive.add(standing)  # whoever put it there died before it went

    archive(scene.archive)
    archive(scene.archive)

    assert scene.standing is None
    assert scene.world.archive.get(scene.done.id) == standing


def test_what_changed_since_it_was_read_stays_and_leaves_no_older_row() -> None:
    scene = Scene()
    read = scene.again(scene.upload.source.request_id)
    changed = scene.again("put-again")

    assert not scene.archive(read)
    assert scene.standing == changed
    assert scene.world.archive.get(changed.id) is None


def test_an_older_row_never_takes_a_newer_ones_place() -> None:
    scene = Scene()
    read = scene.again(scene.upload.source.request_id)
    newer = scene.again("put-again")
    archive(scene.archive)

    assert not scene.archive(read)
    assert scene.world.archive.get(newer.id) == newer


def test_an_older_row_that_was_left_behind_goes_and_no_other() -> None:
    scene = Scene()
    assert not scene.archive.recall.cleared(scene.done.id)
    newcomer = scene.pipeline.take_in.accept(scene.upload.source)
    assert not scene.archive.recall.cleared(newcomer.id), "it has not looked yet"
    back = scene.again("put-again")
    scene.world.archive.add(scene.done)

    assert scene.archive.recall.cleared(back.id)
    assert scene.world.archive.get(back.id) is None
    scene.world.archive.add(back)
    assert not scene.archive.recall.cleared(back.id), "it is on its way"


def test_forgetting_leaves_a_tombstone_and_nothing_in_the_archive() -> None:
    scene = Scene()
    scene.world.clock.advance(FINALIZER_LIFE)
    receipt = forgetting(scene.functions)(scene.upload.source.key)

    assert receipt.jobs == (scene.done.id,)
    assert scene.world.archive.get(scene.done.id) is None
    assert scene.standing is not None
    assert scene.standing.forgotten_at is not None
    assert not may_be_archived(scene.standing, before=float("inf"), now=0.0)


def test_forgetting_finds_an_older_row_that_a_dead_archiver_left() -> None:
    scene = Scene()
    scene.world.clock.advance(FINALIZER_LIFE)
    forget = forgetting(scene.functions)
    forget(scene.upload.source.key)
    scene.world.archive.add(scene.done)

    forget(scene.upload.source.key)

    assert scene.world.archive.get(scene.done.id) is None


@pytest.mark.parametrize("state", JobState)
def test_only_what_ended_and_rests_may_go(state: JobState) -> None:
    job = Scene().done
    now = job.changed_at + 60.0
    resting = replace(job, state=state)

    assert may_be_archived(resting, before=now, now=now) == state.is_final
    assert not may_be_archived(resting, before=job.changed_at, now=now)
    for owes in ({"pending": (object(),)}, {"outbox": (object(),)}, {"due_at": now}):
        assert not may_be_archived(replace(job, **owes), before=now, now=now)


def test_an_archive_that_is_away_holds_up_the_newcomer_and_nothing_is_paid() -> None:
    class Away:
        def get(self, _: str) -> Job | None:
            raise UnavailableError("away")

    world = World()
    functions = world.functions(archive=Away())
    upload = world.upload("a.jpg", picture(1))
    functions.pipeline.take_in([upload])
    functions.pipeline.drain(until=world.clock.monotonic() + 30.0)

    job = world.jobs.get(functions.pipeline.take_in.accept(upload.source).id)
    assert job is not None
    assert is_newcomer(job)
    assert not world.tasks.ledger


def test_too_many_at_once_is_told() -> None:
    scene = Scene()

    class Taken(type(scene.world.jobs)):  # type: ignore[misc]  # whichever store it is
        def replace(self, row: Job, **_: object) -> None:
            raise ConflictError(row.id)

    functions = scene.world.functions(jobs=Taken())
    with pytest.raises(ConflictError, match="too many"):
        functions.pipeline.recall(scene.done)
