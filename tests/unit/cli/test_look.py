"""`status`, `list`, `show` and `audit` over the simulated pipeline."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from scripts.cli.audit import settled, show_audit
from scripts.cli.describe import seconds_of
from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.look import show_job, show_list, show_status, state_of
from shared.domain.breaker import tripped
from shared.domain.failure import Failure, FailureKind
from shared.domain.job import Job
from shared.domain.state import JobState
from tests.unit.cli.scene import Scene, jpeg


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.shop.put("uploads/a.jpg", jpeg(1), media_type="")
    scene.shop.put("uploads/note.jpg", b"hello", media_type="")
    scene.world.run(scene.functions)
    return scene


def job_of(scene: Scene, key: str) -> Job:
    return next(job for job in scene.world.jobs._rows.values() if job.source.key == key)


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_status_counts_jobs_and_tells_the_gate(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    show_status(scene.operator, as_json=True)

    status = told(capsys)
    assert status["jobs"]["DONE"] == status["jobs"]["REJECTED"] == 1
    assert status["gate"]["quota"] == {"budget": None, "spent": 1, "reserved": 0, "left": None}
    assert status["gate"]["task_seconds"] == pytest.approx(1.0, rel=0.3)
    assert status["gate"]["stopped"] is None


def test_status_says_why_the_pipeline_is_stopped(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = Failure(kind=FailureKind.STOP, code="Arrearage", message="the account is in arrears")
    scene.functions.pipeline.gatekeeper.change(
        lambda gate: tripped(gate, failure, now=scene.clock.now())
    )

    show_status(scene.operator, as_json=False)

    assert "Arrearage" in capsys.readouterr().out


def test_status_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    show_status(Scene().operator, as_json=False)

    assert "no jobs yet" in capsys.readouterr().out


def test_list_filters_by_state(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    show_list(scene.operator, state_of("rejected"), limit=10, as_json=True)

    jobs = told(capsys)["jobs"]
    assert [(job["key"], job["reason"]["code"]) for job in jobs] == [
        ("uploads/note.jpg", "not_a_picture")
    ]
    show_list(scene.operator, None, limit=10, as_json=False)
    text = capsys.readouterr().out
    assert "uploads/a.jpg" in text
    assert "not_a_picture" in text


def test_a_state_that_is_none_is_said_with_the_choice() -> None:
    with pytest.raises(CommandError, match="QUEUED"):
        state_of("finished")


@pytest.mark.parametrize("by", ["id", "beginning", "key", "short key"])
def test_show_finds_a_job_by(scene: Scene, capsys: pytest.CaptureFixture[str], by: str) -> None:
    job = job_of(scene, "uploads/a.jpg")
    text = {"id": job.id, "beginning": job.id[:8], "key": "uploads/a.jpg", "short key": "a.jpg"}[by]

    code = show_job(scene.operator, text, as_json=True)

    shown = told(capsys)
    assert (code, shown["job_id"], shown["people"]) == (ExitCode.DONE, job.id, 1)
    assert [step["state"] for step in shown["history"]][-1] == "DONE"


def test_show_finds_a_job_whose_upload_is_gone(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.world.objects.delete("uploads/note.jpg")

    code = show_job(scene.operator, "note.jpg", as_json=False)

    text = capsys.readouterr().out
    assert code == ExitCode.WRONG
    assert "not_a_picture" in text
    assert "remedy" in text


def test_show_says_when_there_is_no_such_job_or_more_than_one(scene: Scene) -> None:
    with pytest.raises(CommandError, match="maskline list"):
        show_job(scene.operator, "nowhere.jpg", as_json=False)
    with pytest.raises(CommandError, match="JOB is empty"):
        show_job(scene.operator, " ", as_json=False)
    job = job_of(scene, "uploads/a.jpg")
    twin = job.id[:6] + "f" * 26
    scene.world.jobs._rows[twin] = replace(job, id=twin)
    with pytest.raises(CommandError, match="2 jobs begin with"):
        show_job(scene.operator, job.id[:6], as_json=False)


def test_the_audits_exit_code(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    def code(**options: Any) -> int:
        chosen = {"wait": 0.0, "deep": False, "as_json": False, **options}
        return show_audit(scene.operator, **chosen)

    assert code() == ExitCode.DONE
    scene.shop.put("uploads/b.jpg", jpeg(2), media_type="")
    assert code() == ExitCode.UNFINISHED
    assert "under way" in capsys.readouterr().out
    assert code(wait=30.0) == ExitCode.DONE
    scene.world.objects.delete(str(job_of(scene, "uploads/a.jpg").manifest_key))
    assert code() == ExitCode.WRONG
    assert "manifest_missing" in capsys.readouterr().out


def test_waiting_for_what_stays_wrong_is_given_up_early(scene: Scene) -> None:
    scene.world.objects.delete(str(job_of(scene, "uploads/a.jpg").manifest_key))
    began = scene.clock.monotonic()

    report = settled(scene.operator, wait=600.0, deep=False)

    assert report.wrong
    assert scene.clock.monotonic() - began < 10


def test_the_audits_document(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    job = job_of(scene, "uploads/note.jpg")
    scene.world.jobs._rows[job.id] = replace(job, failure=None)

    show_audit(scene.operator, wait=0.0, deep=True, as_json=True)

    report = told(capsys)
    assert report["clean"] is False
    assert [finding["kind"] for finding in report["wrong"]] == ["reason_missing"]
    assert report["counts"]["uploads"] == 2
    assert JobState.DONE.value in report["counts"]


def test_show_tells_every_signal_with_effects_requests_and_durations(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    show_job(scene.operator, "a.jpg", as_json=True)

    lines = told(capsys)["history"]
    signals = [line["signal"] for line in lines]
    assert signals[:4] == ["Accepted", "Prepared", "PermitGranted", "TaskAccepted"]
    assert {"TaskSucceeded", "EffectsPerformed", "RawSaved", "ResultStored"} <= set(signals)
    assert signals[-1] == "DeliveryTried"
    accepted, task = lines[0], lines[3]
    assert accepted["request_id"].startswith("put-")
    assert task["request_id"]
    succeeded = lines[signals.index("TaskSucceeded")]
    assert succeeded["effects"] == ["ReleaseSlot", "InvokeFinalizer"]
    assert 0.5 < succeeded["seconds"] < 5
    assert sum(line["count"] for line in lines) == job_of(scene, "uploads/a.jpg").version
    show_job(scene.operator, "a.jpg", as_json=False)
    text = capsys.readouterr().out
    assert "TaskSucceeded" in text
    assert "InvokeFinalizer" in text


def test_a_job_that_owed_an_event_for_long_ended_all_the_same_when_it_ended(scene: Scene) -> None:
    job = job_of(scene, "uploads/a.jpg")
    last = job.history[-1]
    late = replace(job, history=(*job.history, replace(last, at=last.at + 500)))

    assert seconds_of(late) == seconds_of(job)
