"""Whatever is damaged, the audit names it, and says what mends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.domain.claim import task_claim_id
from shared.domain.effects import DropPin
from shared.domain.gate import Intent, Slot
from shared.domain.job import Task
from shared.domain.quota import Quota
from shared.domain.state import JobState
from shared.ports.objects import ObjectInfo
from tests.unit.usecases.audit_scene import Scene


def _stuck(scene: Scene, state: JobState, *, overdue: float) -> None:
    scene.world.clock.advance(overdue)
    due_at = scene.world.clock.now() - overdue
    scene.write(scene.rejected, state=state, due_at=due_at, pending=(), failure=None)


def _in_danger(scene: Scene) -> None:
    """A result that nobody saved, and that is gone in a quarter of an hour."""
    now = scene.world.clock.now()
    task = Task(task_id="t", request_id=None, accepted_at=now - 6300, deadline=now + 900)
    scene.write(scene.rejected, state=JobState.FINALIZING, due_at=now, task=task)


def _taken_by_another(scene: Scene) -> None:
    task = scene.done.task
    assert task is not None
    claim = scene.world.claims.get(task_claim_id(task.task_id))
    assert claim is not None
    theirs = replace(claim, job_id=scene.rejected.id, version=claim.version + 1)
    scene.world.claims.replace(theirs, expected_version=claim.version)


_OLD_SLOT = Slot(job_id="0" * 32, attempt=1, taken_at=0.0)
_PLANTED: dict[str, tuple[str, Callable[[Scene], None]]] = {
    "job row gone, result there": ("upload_without_job", lambda s: s.forget_row(s.done)),
    "job row gone, nothing there": ("upload_without_job", lambda s: s.forget_row(s.rejected)),
    "forgotten, and uploaded since": (
        "upload_without_job",
        lambda s: s.write(s.rejected, forgotten_at=s.world.clock.now() - 7200, pending=()),
    ),
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
    "file altered": ("file_damaged", lambda s: s.break_file()),
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
    "nobody looks after it": (
        "job_overdue",
        lambda s: _stuck(s, JobState.UNCERTAIN, overdue=2000),
    ),
    "the queue stands still": ("queue_still", lambda s: _stuck(s, JobState.QUEUED, overdue=2000)),
    "the result is nearly gone": ("result_at_risk", _in_danger),
    "an end without an event": ("event_missing", lambda s: s.write(s.done, announcements=0)),
    "paid, and not counted": ("spending_short", lambda s: s.gate(quota=Quota(budget=9, spent=0))),
    "a task of two jobs": ("task_double", _taken_by_another),
    "raw results of nobody": ("raw_without_job", lambda s: s.put("raw/c/t/mask")),
    "files of nobody": ("result_without_job", lambda s: s.put(f"results/x/{'A' * 32}/mask.png")),
    "a manifest without its job": (
        "result_without_job",
        lambda s: s.put("results/x/E/manifest.json"),
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


def test_commands_stand_beside_what_a_command_mends() -> None:
    scene = Scene()
    for _, plant in (_PLANTED["job row gone, nothing there"], _PLANTED["raw results of nobody"]):
        plant(scene)
    scene.write(scene.done, outbox=(scene.late(scene.done),))
    scene.gate(quota=Quota(budget=9, spent=0))

    told = {finding.kind: finding.command for finding in scene.look().wrong}

    assert told == {
        "upload_without_job": "maskline sweep",
        "raw_without_job": "ossutil rm -r oss://bucket/raw/c/t/",
        "event_undelivered": f"maskline retry {scene.done.id}",
        "spending_short": "maskline quota --set 8",
    }
