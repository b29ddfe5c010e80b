"""Whatever is damaged, the audit names it; what is only under way, it does not call wrong."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.breaker import paused, tripped
from shared.domain.effects import DropPin, ReleaseSlot
from shared.domain.failure import Failure, FailureKind
from shared.domain.gate import Slot
from shared.domain.job import Job
from shared.domain.quota import Quota
from shared.domain.state import JobState
from shared.usecases.audit import KEPT
from shared.usecases.findings import Finding, judge_job, judge_pin
from shared.usecases.findings_gate import judge_queue, judge_slot
from tests.unit.usecases.audit_scene import GATE, Scene, jpeg


def test_a_healthy_deployment_is_clean_and_counted() -> None:
    scene = Scene()
    scene.world.objects.put("uploads/folder/", b"", media_type="")

    report = scene.look(deep=True)

    assert report.is_clean, report
    assert report.counts["uploads"] == 2
    assert report.counts["DONE"] == report.counts["REJECTED"] == report.counts["results"] == 1
    assert report.counts["files"] >= 4


def test_altered_bytes_of_the_same_size_are_found_only_by_reading_them() -> None:
    scene = Scene()
    scene.break_file()

    assert scene.look().is_clean
    assert [f.kind for f in scene.look(deep=True).wrong] == ["file_damaged"]


def test_work_under_way_is_not_wrong_but_not_clean_either() -> None:
    scene = Scene()
    upload = scene.world.upload("late.jpg", jpeg(7))

    untold = scene.look()

    assert not untold.wrong
    assert [f.kind for f in untold.settling] == ["upload_without_job"]
    scene.functions.pipeline.take_in([upload])
    running = scene.look()
    assert not running.wrong
    assert running.open_jobs == 1
    assert not running.is_clean
    scene.world.run(scene.functions)
    assert scene.look(deep=True).is_clean


def test_an_upload_waits_longer_for_its_job_while_others_are_under_way() -> None:
    scene = Scene()
    busy = scene.world.upload("busy.jpg", jpeg(8))
    scene.world.upload("lost.jpg", jpeg(9))
    scene.functions.pipeline.take_in([busy])
    scene.world.clock.advance(600)

    assert not scene.look().wrong

    scene.world.run(scene.functions)
    assert [f.subject for f in scene.look().wrong] == ["uploads/lost.jpg"]


def test_an_upload_replaced_or_deleted_meanwhile_is_nobodys_fault() -> None:
    scene = Scene()
    scene.world.objects.delete(scene.done.source.key)

    assert scene.look(deep=True).is_clean


def test_a_key_too_long_for_its_folder_is_known_by_its_manifest() -> None:
    scene = Scene()
    long = scene.world.upload("k" * 1000, jpeg(3))
    scene.functions.pipeline.take_in([long])
    scene.world.run(scene.functions)
    manifest = scene.world.job(long).manifest_key
    assert manifest is not None
    assert "~" in manifest

    assert scene.look(deep=True).is_clean
    scene.forget_row(scene.world.job(long))
    assert manifest in {finding.subject for finding in scene.look().wrong}


def test_chores_that_wait_while_a_poller_is_at_work_may_pass() -> None:
    job, now = Scene().done, 10_000.0
    late = replace(job, state=JobState.UNCERTAIN, due_at=now - 5000)

    assert [f.settling for f in judge_job(late, now=now, at_work=True)] == [True]
    assert [f.settling for f in judge_job(late, now=now)] == [False]


def test_a_queue_that_only_its_turn_or_a_person_holds_up_is_no_fault() -> None:
    scene = Scene()
    waiting = replace(scene.done, state=JobState.QUEUED, due_at=0.0)
    gate = scene.world.gates.get(GATE)
    assert gate is not None
    now = max(gate.posts) + 2000

    assert judge_queue(gate, waiting, now=now) is not None
    assert judge_queue(gate, None, now=now) is None
    assert judge_queue(replace(gate, posts=(now - 5,)), waiting, now=now) is None
    assert judge_queue(replace(gate, quota=Quota(budget=0)), waiting, now=now) is None
    assert judge_queue(paused(gate, "lunch", now=now), waiting, now=now) is None


def test_of_one_kind_only_so_many_are_listed_and_the_others_counted() -> None:
    scene = Scene()
    for number in range(KEPT + 7):
        scene.put(f"raw/c/t-{number}/mask")

    report = scene.look()

    assert len(report.wrong) == KEPT
    assert report.unlisted == 7


def test_a_stopped_pipeline_says_why() -> None:
    scene = Scene()
    assert scene.look().stopped is None
    failure = Failure(kind=FailureKind.STOP, code="InvalidApiKey", message="no such key")
    scene.functions.pipeline.gatekeeper.change(
        lambda gate: tripped(gate, failure, now=scene.world.clock.now())
    )

    assert scene.look().stopped == "InvalidApiKey"


def test_a_result_whose_job_is_gone_is_wrong_at_once() -> None:
    scene = Scene()
    fresh = scene.world.upload("fresh.jpg", jpeg(5))
    scene.functions.pipeline.take_in([fresh])
    scene.world.run(scene.functions)
    scene.forget_row(scene.world.job(fresh))

    assert "upload_without_job" in {finding.kind for finding in scene.look().wrong}


def test_a_slot_may_be_held_by_the_present_attempt_or_by_one_that_owes_its_release() -> None:
    scene = Scene()
    running = replace(scene.done, state=JobState.RUNNING, attempt=2)
    owing = replace(scene.done, pending=(ReleaseSlot(1, billed=True),))
    slot = Slot(job_id=scene.done.id, attempt=2, taken_at=0.0)

    assert judge_slot(slot, running, now=999.0) is None
    assert judge_slot(replace(slot, attempt=1), owing, now=999.0) is None
    assert judge_slot(replace(slot, attempt=1), running, now=999.0) is not None
    assert judge_slot(slot, owing, now=999.0) is not None


def test_a_pin_may_lie_there_while_its_job_works_or_owes_its_deletion() -> None:
    scene = Scene()
    owing = replace(scene.done, pending=(DropPin("pins/x-1.jpg"),))

    def judged(job: Job) -> Finding | None:
        return judge_pin(job, "pins/x-1.jpg", age=999.0, remove="ossutil rm oss://b/pins/x-1.jpg")

    assert judged(replace(scene.done, state=JobState.QUEUED)) is None
    assert judged(owing) is None
    left = judged(scene.done)
    assert left is not None
    assert not left.settling
