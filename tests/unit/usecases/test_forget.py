"""What is forgotten is gone, and is not paid for again because an event comes once more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain.claim import RELEASED, content_claim_id
from shared.domain.job import job_id_of
from shared.domain.policy import FINALIZER_LIFE
from shared.domain.signals import DerivationBegun, Signal
from shared.domain.state import JobState
from shared.ports.errors import UnavailableError
from shared.usecases.accept_upload import Upload
from shared.usecases.forget import Forget
from shared.usecases.journal import Journal
from shared.usecases.operate import Action, Operate
from tests.simulation.operators import forgetting
from tests.simulation.pictures import picture
from tests.simulation.world import Functions, World
from tests.unit.usecases.test_deliver import Receiver

KEY = "uploads/Anna Müller.jpg"


@dataclass
class Scene:
    world: World = field(default_factory=World)
    functions: Functions = field(init=False)
    forget: Forget = field(init=False)

    def __post_init__(self) -> None:
        self.functions = self.world.functions()
        self.forget = forgetting(self.functions)

    def done(self, name: str, number: int = 1) -> Upload:
        upload = self.world.upload(name, picture(number))
        self.tell(upload)
        assert self.world.job(upload).state is JobState.DONE
        self.world.clock.advance(FINALIZER_LIFE)
        return upload

    def tell(self, upload: Upload) -> None:
        self.functions.pipeline.take_in([upload])
        self.world.run(self.functions)

    def sweep(self) -> None:
        """A day later the upload prefix is walked through."""
        self.world.clock.advance(24 * 3600.0)
        self.functions.pipeline.drain(until=self.world.clock.monotonic() + 60.0)
        self.world.run(self.functions)

    def lying(self) -> list[str]:
        return sorted(self.world.objects._objects)

    def paid(self) -> int:
        return len(self.world.tasks.ledger)


@dataclass
class Meanwhile:
    """The bucket, while somebody sets the job to work with a signal at the first deletion."""

    inner: Any
    journal: Journal
    upload: Upload
    signal: Signal | None

    def delete(self, key: str) -> None:
        if self.signal is not None:
            source, signal, self.signal = self.upload.source, self.signal, None
            job = self.journal.jobs.get(job_id_of(source.bucket, source.key, source.etag))
            assert job is not None
            self.journal.apply(job, signal)
        self.inner.delete(key)

    def __getattr__(self, verb: str) -> Any:
        return getattr(self.inner, verb)


@dataclass
class Latecomer:
    """The claims, while another upload of the same bytes comes to its end before the first look."""

    inner: Any
    scene: Scene | None

    def get(self, claim_id: str) -> Any:
        if self.scene is not None:
            scene, self.scene = self.scene, None
            scene.done("late.jpg")
        return self.inner.get(claim_id)

    def __getattr__(self, verb: str) -> Any:
        return getattr(self.inner, verb)


def test_photograph_results_and_raw_files_go_and_the_row_tells_of_nobody() -> None:
    scene = Scene()
    upload = scene.done("Anna Müller.jpg")

    receipt = scene.forget(KEY)

    assert scene.lying() == []
    assert receipt.deleted["upload"] == 1
    assert receipt.deleted["raw"] == 2
    assert receipt.deleted["results"] >= 3
    row = repr(scene.world.job(upload))
    assert "Anna" not in row
    assert upload.source.etag not in row
    assert scene.world.job(upload).due_at is None


def test_an_event_that_comes_once_more_pays_nothing() -> None:
    scene = Scene()
    upload = scene.done("Anna Müller.jpg")
    scene.world.clock.advance(60)
    scene.forget(KEY)
    said = len(scene.world.sink.published)

    scene.tell(upload)
    scene.tell(replace(upload, source=replace(upload.source, request_id="an-older-event")))

    assert scene.paid() == 1
    assert scene.world.job(upload).state is JobState.DONE
    assert scene.lying() == []
    assert len(scene.world.sink.published) == said


def test_uploaded_anew_it_is_a_new_picture() -> None:
    scene = Scene()
    scene.done("Anna Müller.jpg")
    scene.forget(KEY)
    scene.world.clock.advance(60)

    again = scene.done("Anna Müller.jpg")

    assert scene.paid() == 2
    assert scene.world.job(again).source == again.source
    assert scene.world.job(again).forgotten_at is None


def test_uploaded_anew_with_no_event_to_tell_of_it_the_sweep_finds_it() -> None:
    scene = Scene()
    scene.done("Anna Müller.jpg")
    scene.forget(KEY)
    scene.world.clock.advance(60)
    again = scene.world.upload("Anna Müller.jpg", picture(1))

    scene.sweep()
    said = len(scene.world.sink.published)
    scene.tell(again)

    assert scene.world.job(again).state is JobState.DONE
    assert scene.world.job(again).source.key == KEY
    assert scene.paid() == 2
    assert len(scene.world.sink.published) == said, "its event came after all, and told it twice"


def test_what_was_found_before_it_was_forgotten_is_not_taken_for_new() -> None:
    """The sweep has listed it; a person forgets it; then the sweep reads its row."""
    scene = Scene()
    scene.done("Anna Müller.jpg")
    listed = scene.world.objects._objects[KEY]
    scene.world.clock.advance(60)
    scene.forget(KEY)
    scene.world.objects._objects[KEY] = listed

    scene.sweep()

    assert scene.paid() == 1
    assert "Anna" not in repr(list(scene.world.jobs._rows.values()))


def test_equal_bytes_of_another_keep_their_raw_files() -> None:
    scene = Scene()
    scene.done("Anna Müller.jpg")
    other = scene.done("other.jpg")

    receipt = scene.forget(KEY)

    raw = scene.world.job(other).raw
    assert raw is not None
    assert raw.mask_key in scene.lying()
    assert len(receipt.kept) == 1
    assert scene.paid() == 1


def test_nobody_is_promised_raw_files_that_are_gone() -> None:
    scene = Scene()
    upload = scene.done("Anna Müller.jpg")
    content_id = scene.world.job(upload).content_id
    scene.forget(KEY)

    claim = scene.world.claims.get(content_claim_id(content_id or ""))
    assert claim is not None
    assert (claim.outcome, claim.raw) == (RELEASED, None)
    scene.done("same bytes.jpg")
    assert scene.paid() == 2


def test_what_is_under_way_is_left_alone() -> None:
    scene = Scene()
    upload = scene.world.upload("Anna Müller.jpg", picture(1))
    scene.functions.pipeline.take_in([upload])

    receipt = scene.forget(KEY)

    assert receipt.under_way == (scene.world.job(upload).id,)
    assert not receipt.jobs
    assert KEY in scene.lying()


def test_nobody_waits_for_a_sink_that_was_left_behind() -> None:
    scene = Scene()
    scene.functions = scene.world.functions(sinks=(Receiver("dead", [UnavailableError("away")]),))
    upload = scene.done("Anna Müller.jpg")
    owed = [event.event_id for event in scene.world.job(upload).outbox]

    receipt = scene.forget(KEY)
    scene.functions = scene.world.functions()
    scene.sweep()

    assert list(receipt.unsent) == owed != []
    assert scene.world.job(upload).due_at is None
    assert not scene.world.sink.published


def test_a_finalizer_that_was_held_up_may_write_until_its_time_is_over() -> None:
    scene = Scene()
    upload = scene.world.upload("Anna Müller.jpg", picture(1))
    scene.tell(upload)
    job, now = scene.world.job(upload), scene.world.clock.now()
    scene.world.clock.advance(FINALIZER_LIFE / 2)

    receipt = scene.forget(KEY)

    assert (receipt.under_way, receipt.deleted.total()) == ((job.id,), 0)
    assert receipt.again_at is not None
    assert now < receipt.again_at <= now + FINALIZER_LIFE
    scene.world.clock.advance(receipt.again_at - scene.world.clock.now() - 0.1)
    assert scene.forget(KEY).under_way == (job.id,)
    scene.world.clock.advance(0.1)
    assert scene.forget(KEY).jobs == (job.id,)


def test_a_set_that_is_being_made_anew_is_waited_for() -> None:
    scene = Scene()
    upload = scene.done("Anna Müller.jpg")
    journal = scene.functions.pipeline.journal
    until = scene.world.clock.now() + 900.0
    job = journal.apply(scene.world.job(upload), DerivationBegun("people", until))

    assert scene.forget(KEY).under_way == (job.id,)
    scene.world.clock.advance(901.0)
    assert scene.forget(KEY).jobs == (job.id,)


def test_one_that_is_set_to_work_meanwhile_keeps_its_row_and_is_said() -> None:
    scene = Scene()
    upload = scene.done("Anna Müller.jpg")
    anew = DerivationBegun("people", scene.world.clock.now() + 900.0)
    objects = Meanwhile(scene.world.objects, scene.functions.pipeline.journal, upload, anew)

    receipt = replace(scene.forget, objects=objects)(KEY)

    assert receipt.under_way == (scene.world.job(upload).id,)
    assert not receipt.jobs
    assert scene.world.job(upload).forgotten_at is None


def test_equal_bytes_that_came_while_rows_were_read_keep_what_they_were_promised() -> None:
    scene = Scene()
    scene.done("Anna Müller.jpg")
    late = Latecomer(scene.world.claims, scene)

    receipt = replace(scene.forget, claims=late)(KEY)
    third = scene.done("third.jpg")

    assert len(receipt.kept) == 1
    assert scene.paid() == 1
    assert scene.world.job(third).state is JobState.DONE


def test_every_version_of_a_key_is_forgotten_and_twice_is_as_once() -> None:
    scene = Scene()
    one, two = scene.done("Anna Müller.jpg", 1), scene.done("Anna Müller.jpg", 2)

    assert len(scene.forget(KEY).jobs) == 2
    assert not scene.forget(KEY).found_anything
    assert scene.lying() == []
    assert all(scene.world.job(each).forgotten_at for each in (one, two))


def test_a_command_that_was_stopped_half_way_is_repeated() -> None:
    scene = Scene()
    upload = scene.done("Anna Müller.jpg")
    scene.world.objects.delete(KEY)

    assert scene.forget(KEY).jobs == (scene.world.job(upload).id,)
    assert scene.lying() == []


def test_a_forgotten_job_is_not_retried() -> None:
    scene = Scene()
    upload = scene.done("Anna Müller.jpg")
    scene.forget(KEY)
    pipeline = scene.functions.pipeline
    operate = Operate(
        journal=pipeline.journal,
        recall=pipeline.recall,
        gatekeeper=pipeline.gatekeeper,
        perform=pipeline.perform,
        wake=pipeline.wake,
        objects=scene.world.objects,
    )

    (outcome,) = operate.retry([scene.world.job(upload)], pay_again=True)

    assert outcome.action is Action.REFUSED
    assert "forgotten" in outcome.why
