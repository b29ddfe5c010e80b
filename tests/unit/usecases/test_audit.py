"""Whatever is damaged, the audit names it; what is only under way, it does not call wrong."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image

from shared.domain.breaker import tripped
from shared.domain.effects import DropPin, ReleaseSlot
from shared.domain.failure import Failure, FailureKind
from shared.domain.gate import Gate, Intent, Quota, Slot
from shared.domain.job import Job, Outgoing
from shared.domain.state import JobState
from shared.ports.objects import ObjectInfo
from shared.usecases.audit import Audit, AuditReport
from shared.usecases.findings import judge_pin, judge_slot
from shared.wire.manifest import parse_manifest
from tests.simulation.world import BUCKET, PREFIXES, World

GATE = "dashscope:1234567890123456:image-instance-segmentation"


def jpeg(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 512), (shade, 90, 80)).save(out, "JPEG")
    return out.getvalue()


class Scene:
    """One photograph DONE and one file REJECTED, and the audit over their world."""

    def __init__(self) -> None:
        self.world = World()
        self.functions = self.world.functions()
        photo = self.world.upload("家/a.jpg", jpeg(1))
        text = self.world.upload("note.jpg", b"no picture at all")
        self.functions.pipeline.take_in([photo, text])
        self.world.run(self.functions)
        self.world.clock.advance(300)
        self.done, self.rejected = self.world.job(photo), self.world.job(text)
        self.audit = Audit(
            jobs=self.world.jobs,
            gates=self.world.gates,
            objects=self.world.objects,
            clock=self.world.clock,
            gate_id=GATE,
            bucket=BUCKET,
            prefixes=PREFIXES,
            parse=parse_manifest,
        )

    def look(self, *, deep: bool = False) -> AuditReport:
        return self.audit(deep=deep)

    def write(self, job: Job, **changes: object) -> None:
        changed = replace(job, version=job.version + 1, **changes)  # type: ignore[arg-type]  # fields by name
        self.world.jobs.replace(changed, expected_version=job.version)

    def gate(self, **changes: object) -> None:
        gate = self.world.gates.get(GATE)
        assert gate is not None
        changed: Gate = replace(gate, version=gate.version + 1, **changes)  # type: ignore[arg-type]  # fields by name
        self.world.gates.replace(changed, expected_version=gate.version)

    def forget_row(self, job: Job) -> None:
        del self.world.jobs._rows[job.id]

    def result(self, name: str) -> str:
        return f"results/{self.done.source.key}/{self.done.source.etag}/{name}"

    def late(self, job: Job) -> Outgoing:
        return Outgoing(
            event_id="e", type="maskline.job.done", sequence=9, occurred_at=job.changed_at
        )


def test_a_healthy_deployment_is_clean_and_counted() -> None:
    scene = Scene()
    scene.world.objects.put("uploads/folder/", b"", media_type="")

    report = scene.look(deep=True)

    assert report.is_clean, report
    assert report.counts["uploads"] == 2
    assert report.counts["DONE"] == report.counts["REJECTED"] == report.counts["results"] == 1
    assert report.counts["files"] >= 4


def _break_file(scene: Scene) -> None:
    key = scene.result("mask.png")
    data = bytearray(scene.world.objects.read(key, limit=10**9))
    data[-1] ^= 1
    scene.world.objects.put(key, bytes(data), media_type="image/png")


_OLD_SLOT = Slot(job_id="0" * 32, attempt=1, taken_at=0.0)
_PLANTED: dict[str, tuple[str, Callable[[Scene], None]]] = {
    "job row gone, result there": ("upload_without_job", lambda s: s.forget_row(s.done)),
    "job row gone, nothing there": ("upload_without_job", lambda s: s.forget_row(s.rejected)),
    "no reason": ("reason_missing", lambda s: s.write(s.rejected, failure=None)),
    "manifest deleted": (
        "manifest_missing",
        lambda s: s.world.objects.delete(s.result("manifest.json")),
    ),
    "manifest never named": ("manifest_missing", lambda s: s.write(s.done, manifest_key=None)),
    "manifest cut": (
        "manifest_unreadable",
        lambda s: (s.world.objects.put(s.result("manifest.json"), b"{", media_type=""), None)[1],
    ),
    "manifest of another": (
        "manifest_foreign",
        lambda s: s.write(s.rejected, state=JobState.DONE, manifest_key=s.done.manifest_key),
    ),
    "file deleted": ("file_missing", lambda s: s.world.objects.delete(s.result("vis.png"))),
    "file shortened": (
        "file_size",
        lambda s: (s.world.objects.put(s.result("vis.png"), b"x", media_type=""), None)[1],
    ),
    "file altered": ("file_damaged", _break_file),
    "event late": ("event_undelivered", lambda s: s.write(s.done, outbox=(s.late(s.done),))),
    "account event late": ("event_undelivered", lambda s: s.gate(outbox=(s.late(s.done),))),
    "effect left": ("effect_left", lambda s: s.write(s.done, pending=(DropPin("pins/x"),))),
    "pin of a final job": (
        "pin_left",
        lambda s: s.world.objects._objects.update(
            {f"pins/{s.done.id}-1.jpg": _old(s, f"pins/{s.done.id}-1.jpg")}
        ),
    ),
    "pin of nobody": (
        "pin_left",
        lambda s: s.world.objects._objects.update({"pins/ab-1.jpg": _old(s, "pins/ab-1.jpg")}),
    ),
    "slot of nobody": ("slot_left", lambda s: s.gate(slots=(_OLD_SLOT,))),
    "slot of a final job": (
        "slot_left",
        lambda s: s.gate(slots=(replace(_OLD_SLOT, job_id=s.done.id),)),
    ),
    "reservation without slot": (
        "reservation_left",
        lambda s: s.gate(quota=Quota(reserved=frozenset({(s.done.id, 1)}))),
    ),
    "slot without reservation": ("reservation_missing", lambda s: s.gate(slots=(_OLD_SLOT,))),
    "intent without slot": (
        "intent_left",
        lambda s: s.gate(
            intent=Intent(
                job_id=s.done.id, attempt=1, nonce="n", opened_at=0.0, post_not_after=10.0
            )
        ),
    ),
    "running without slot": (
        "slot_missing",
        lambda s: s.write(s.rejected, state=JobState.RUNNING, due_at=0.0),
    ),
    "nothing will ever look at it": (
        "job_stuck",
        lambda s: s.write(s.rejected, state=JobState.QUEUED, due_at=None),
    ),
    "a manifest without its job": (
        "result_without_job",
        lambda s: (s.world.objects.put("results/x/E/manifest.json", b"{}", media_type=""), None)[1],
    ),
    "a manifest of a rejected upload": (
        "result_without_job",
        lambda s: (
            s.world.objects.put(
                f"results/{s.rejected.source.key}/{s.rejected.source.etag}/manifest.json",
                b"{}",
                media_type="",
            ),
            None,
        )[1],
    ),
}


def _old(scene: Scene, key: str) -> tuple[ObjectInfo, bytes]:
    info = scene.world.objects.put(key, b"pinned", media_type="")
    return replace(info, modified_at=scene.world.clock.now() - 3600), b"pinned"


@pytest.mark.parametrize("name", _PLANTED)
def test_every_planted_damage_is_named(name: str) -> None:
    kind, plant = _PLANTED[name]
    scene = Scene()
    plant(scene)

    report = scene.look(deep=True)

    assert kind in {finding.kind for finding in report.wrong}, report
    assert not report.is_clean
    assert all(f.detail and f.remedy and f.subject for f in report.wrong)


def test_altered_bytes_of_the_same_size_are_found_only_by_reading_them() -> None:
    scene = Scene()
    _break_file(scene)

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

    assert judge_pin("pins/x-1.jpg", replace(scene.done, state=JobState.QUEUED), age=999.0) is None
    assert judge_pin("pins/x-1.jpg", owing, age=999.0) is None
    left = judge_pin("pins/x-1.jpg", scene.done, age=999.0)
    assert left is not None
    assert not left.settling
