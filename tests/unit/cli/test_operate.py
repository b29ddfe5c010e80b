"""`retry`, `pause`, `resume` and `quota` over the simulated pipeline: words and exit codes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from scripts.cli.app import app
from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.look import show_status
from scripts.cli.operate import budget_of, pause, quota, resume
from scripts.cli.retry import How, retry_jobs
from shared.domain.breaker import tripped
from shared.domain.failure import Failure, FailureKind
from shared.domain.job import Job
from shared.domain.state import JobState
from tests.simulation.pictures import one_person
from tests.unit.cli.scene import Scene, jpeg

REFUSED = Failure(kind=FailureKind.TERMINAL, code="DataInspectionFailed", message="refused")
ARREARS = Failure(kind=FailureKind.STOP, code="Arrearage", message="the account is in arrears")


@pytest.fixture
def scene() -> Scene:
    """Two jobs FAILED; of `lost.jpg` it is not known whether it was paid for."""
    scene = Scene()
    scene.world.tasks.segment = lambda _: REFUSED
    for name, shade in (("failed.jpg", 10), ("lost.jpg", 200)):
        scene.shop.put(f"uploads/{name}", jpeg(shade), media_type="")
    scene.world.run(scene.functions)
    scene.world.tasks.segment = one_person
    lost = job_of(scene, "lost.jpg")
    scene.world.jobs._rows[lost.id] = replace(lost, saw_succeeded=True)
    return scene


def job_of(scene: Scene, name: str) -> Job:
    rows = scene.world.jobs._rows.values()
    return next(job for job in rows if job.source.key == f"uploads/{name}")


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_retry_takes_what_it_may_and_says_why_not_the_rest(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    code = retry_jobs(
        scene.operator, ["failed.jpg", "lost.jpg"], How(pay_again=False), as_json=False
    )

    said = capsys.readouterr()
    assert code == ExitCode.USAGE
    assert "failed.jpg: queued again" in said.out
    assert "lost.jpg" not in said.out
    assert "lost.jpg: whether it was paid for is not proven" in said.err
    assert "--pay-again" in said.err


def test_retry_with_the_word_takes_all(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["lost.jpg", job_of(scene, "lost.jpg").id, "failed.jpg"]

    code = retry_jobs(scene.operator, names, How(pay_again=True), as_json=True)
    scene.world.run(scene.functions)

    jobs = told(capsys)["jobs"]
    assert code == ExitCode.DONE
    assert [(job["key"], job["action"], job["state"]) for job in jobs] == [
        ("uploads/lost.jpg", "queued", "QUEUED"),
        ("uploads/failed.jpg", "queued", "QUEUED"),
    ]
    assert job_of(scene, "lost.jpg").state is JobState.DONE


def test_a_name_that_fits_no_job_touches_none(scene: Scene) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.jpg"):
        retry_jobs(
            scene.operator, ["failed.jpg", "nowhere.jpg"], How(pay_again=False), as_json=False
        )

    assert job_of(scene, "failed.jpg").state is JobState.FAILED


def test_pause_is_seen_by_status_and_ended_by_resume(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    pause(scene.operator, "stock-taking", as_json=False)
    pause(scene.operator, "again", as_json=False)
    show_status(scene.operator, as_json=False)

    said = capsys.readouterr().out
    assert "already paused since" in said
    assert "paused: stock-taking; until `maskline resume`" in said
    assert "next try" not in said
    resume(scene.operator, as_json=False)
    resume(scene.operator, as_json=False)
    said = capsys.readouterr().out
    assert "it was stopped: Paused: stock-taking" in said
    assert "nothing to resume" in said


def test_pause_and_resume_for_programs(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    pause(scene.operator, None, as_json=True)
    paused = told(capsys)
    show_status(scene.operator, as_json=True)
    stopped = told(capsys)["gate"]["stopped"]
    resume(scene.operator, as_json=True)
    resumed = told(capsys)
    resume(scene.operator, as_json=True)

    assert (paused["paused"], paused["changed"], paused["under_way"]) == (True, True, 0)
    assert (stopped["paused"], stopped["next_try"]) == (True, None)
    assert (resumed["paused"], resumed["changed"]) == (False, True)
    assert resumed["was"] == {"code": "Paused", "message": paused["reason"]}
    assert told(capsys) == {"paused": False, "changed": False, "was": None}


def test_status_of_a_stop_after_an_error_names_the_command(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    now = scene.clock.now()
    scene.functions.pipeline.gatekeeper.change(lambda gate: tripped(gate, ARREARS, now=now))

    show_status(scene.operator, as_json=False)

    said = capsys.readouterr().out
    assert "Arrearage" in said
    assert "or `maskline resume`" in said


def test_quota_before_anything_was_uploaded_makes_no_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    scene = Scene()

    quota(scene.operator, None, as_json=False)

    assert "budget: unlimited" in capsys.readouterr().out
    assert scene.operator.overview.gate() is None


def test_quota_tells_and_changes_the_budget(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    quota(scene.operator, "500", as_json=True)
    changed = told(capsys)
    quota(scene.operator, None, as_json=True)

    assert changed == told(capsys)
    assert changed == {
        "budget": 500,
        "spent": 0,
        "reserved": 0,
        "left": 500,
        "warned": False,
        "waiting": 0,
        "enough": True,
        "exceeded": False,
        "runs_out": None,
        "prefixes": [],
    }


def test_quota_of_a_prefix_is_told_and_changed(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    quota(scene.operator, "7", prefix="uploads/vip/", as_json=True)

    own = {"prefix": "uploads/vip/", "budget": 7, "spent": 0, "reserved": 0, "left": 7}
    assert told(capsys)["prefixes"] == [{**own, "holds": False}]
    quota(scene.operator, None, as_json=False)
    assert "uploads/vip/: 0 paid, 7 of 7 left" in capsys.readouterr().out
    with pytest.raises(CommandError, match="can have no quota"):
        quota(scene.operator, "7", prefix="", as_json=False)


def test_quota_says_that_more_wait_than_are_left(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    quota(scene.operator, "0", as_json=False)
    capsys.readouterr()
    retry_jobs(scene.operator, ["failed.jpg", "lost.jpg"], How(pay_again=True), as_json=True)
    scene.world.run(scene.functions)
    capsys.readouterr()

    quota(scene.operator, "1", as_json=False)

    assert "waiting: 2, up to 1 more than are left" in capsys.readouterr().out


def test_quota_says_that_a_budget_is_below_what_is_spent(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    retry_jobs(scene.operator, ["failed.jpg", "lost.jpg"], How(pay_again=True), as_json=True)
    scene.world.run(scene.functions)
    capsys.readouterr()

    quota(scene.operator, "1", as_json=False)
    assert "2 are spent or reserved already" in capsys.readouterr().out
    quota(scene.operator, None, as_json=True)
    assert told(capsys)["exceeded"] is True


@pytest.mark.parametrize("text", ["many", "-1", "1.5", "", "٣"])
def test_what_is_no_budget_is_refused_with_the_choice(text: str) -> None:
    with pytest.raises(CommandError, match="unlimited"):
        budget_of(text)


def test_a_budget_is_a_number_or_unlimited() -> None:
    assert (budget_of("500"), budget_of("Unlimited")) == (500, None)


@pytest.mark.parametrize(
    "arguments",
    [
        ("retry", "a.jpg", "--pay-again", "--json"),
        ("pause", "--reason", "stock-taking"),
        ("resume", "--json"),
        ("quota", "--set", "unlimited"),
    ],
)
def test_each_command_without_a_cloud_names_the_remedy(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    ended = CliRunner().invoke(app, [*arguments, "--data", str(tmp_path)])

    assert isinstance(ended.exception, CommandError)
    assert "maskline up" in str(ended.exception)
    assert ended.exception.code == ExitCode.USAGE
