"""The commands about a second stage: each job under its own gate and budget."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.look import show_job, show_list, show_status
from scripts.cli.operate import pause, quota, resume, stage_of
from scripts.cli.retry import How, retry_jobs
from shared.domain.failure import Failure, FailureKind
from shared.domain.job import Job
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.usecases.rederive import NotDerivedError
from tests.unit.cli.scene import ERASE_GATE, Scene, jpeg

REFUSED = Failure(kind=FailureKind.TERMINAL, code="DataInspectionFailed", message="refused")


@pytest.fixture
def scene() -> Scene:
    """One upload DONE whose erasing was refused."""
    scene = Scene()
    scene.world.tasks.complete = lambda *_: REFUSED
    uploaded = scene.world.upload("a.jpg", jpeg(10), recipes="people,erase:people=all")
    scene.functions.pipeline.take_in([uploaded])
    scene.world.run(scene.functions)
    return scene


def erasing(scene: Scene) -> Job:
    (job,) = (job for job in scene.world.jobs._rows.values() if job.erasure is not None)
    return job


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_an_erasing_is_retried_under_its_own_gate(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.world.tasks.complete = lambda photo, _: photo

    code = retry_jobs(scene.operator, [erasing(scene).id], How(pay_again=False), as_json=True)
    scene.world.run(scene.functions)

    assert (code, told(capsys)["jobs"][0]["action"]) == (ExitCode.DONE, "queued")
    assert erasing(scene).state is JobState.DONE
    assert scene.world.gates._rows[ERASE_GATE].quota.spent == 1


def test_each_budget_is_told_and_changed_alone(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    quota(scene.operator, "7", stage=Stage.ERASE, as_json=True)
    second = told(capsys)
    quota(scene.operator, None, as_json=True)

    assert (second["budget"], second["spent"], second["left"]) == (7, 0, 7)
    assert (told(capsys)["budget"]) is None


def test_a_budget_goes_by_stage_or_model(scene: Scene) -> None:
    operator = replace(scene.operator, erase_model="eraser-2")
    for name in (None, "segment", "image-instance-segmentation"):
        assert stage_of(operator, name) is Stage.SEGMENT
    for name in ("erase", "eraser-2"):
        assert stage_of(operator, name) is Stage.ERASE
    with pytest.raises(CommandError, match="segment, erase"):
        stage_of(operator, "image-erase-completion")


def test_only_uploads_have_quotas_by_prefix(scene: Scene) -> None:
    with pytest.raises(CommandError, match="by prefix"):
        quota(scene.operator, "7", prefix="uploads/", stage=Stage.ERASE, as_json=True)


def test_status_tells_both_gates(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    show_status(scene.operator, as_json=True)
    document = told(capsys)
    show_status(scene.operator, as_json=False)

    assert document["gate"]["quota"]["spent"] == 1
    assert document["erase_gate"]["quota"]["spent"] == 0
    assert "erase, paid: 0" in capsys.readouterr().out


def test_a_pause_holds_both_and_a_resume_lets_both_go(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    pause(scene.operator, None, as_json=True)
    gates = scene.world.gates._rows
    stopped = [gate.breaker is not None and gate.breaker.paused for gate in gates.values()]
    resume(scene.operator, as_json=True)

    assert stopped == [True, True]
    assert [gate.breaker for gate in gates.values()] == [None, None]
    capsys.readouterr()


def test_list_and_show_name_the_stage_and_the_parent(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    job = erasing(scene)
    assert job.erasure is not None
    show_list(scene.operator, None, limit=9, as_json=True)
    listed = {each["job_id"]: each for each in told(capsys)["jobs"]}

    assert listed[job.id]["stage"] == "erase"
    assert listed[job.id]["parent_job_id"] == job.erasure.parent_id
    assert listed[job.id]["results"].endswith("/erase/")
    assert listed[job.erasure.parent_id]["stage"] == "segment"
    assert show_job(scene.operator, job.id, as_json=False) == ExitCode.WRONG
    assert "erase:people=all" in capsys.readouterr().out


def test_an_erasing_is_not_derived_again_its_parent_is(scene: Scene) -> None:
    with pytest.raises(NotDerivedError, match="it erases people after job"):
        scene.operator.deriver()(erasing(scene), "people")


def test_the_audit_holds_each_stage_against_its_own_gate(scene: Scene) -> None:
    assert scene.operator.audit().is_clean
    job = erasing(scene)

    scene.world.jobs._rows[job.id] = replace(job, saw_succeeded=True)

    assert [found.subject for found in scene.operator.audit().wrong] == [ERASE_GATE]
