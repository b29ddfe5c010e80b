"""`maskline archive` over the simulated pipeline, and what the other commands see afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from scripts.cli.archive import How, archive_jobs
from scripts.cli.audit import show_audit
from scripts.cli.backfill import backfill
from scripts.cli.errors import CommandError
from scripts.cli.export import Format, What, export
from scripts.cli.look import show_job, show_list
from scripts.cli.retry import PLAINLY, retry_jobs
from scripts.cli.selection import ANYTHING
from shared.domain.failure import Failure, FailureKind
from shared.domain.job import Job
from shared.domain.state import JobState
from shared.usecases.event_log import Wanted
from tests.simulation.pictures import one_person
from tests.unit.cli.scene import Scene, jpeg

REFUSED = Failure(kind=FailureKind.TERMINAL, code="DataInspectionFailed", message="refused")
MONTH = 30 * 24 * 3600.0
OLD = How(older_than="30d")


@pytest.fixture
def scene() -> Scene:
    """One DONE and one FAILED, a month ago; one DONE today."""
    scene = Scene()
    scene.shop.put("uploads/old.jpg", jpeg(10), media_type="")
    scene.world.run(scene.functions)
    scene.world.tasks.segment = lambda _: REFUSED
    scene.shop.put("uploads/failed.jpg", jpeg(60), media_type="")
    scene.world.run(scene.functions)
    scene.world.tasks.segment = one_person
    scene.world.clock.advance(MONTH + 60.0)
    scene.shop.put("uploads/new.jpg", jpeg(200), media_type="")
    scene.world.run(scene.functions)
    return scene


def archived(scene: Scene, capsys: pytest.CaptureFixture[str], *names: str, how: How = OLD) -> Any:
    assert archive_jobs(scene.operator, names, how, as_json=True) == 0
    return json.loads(capsys.readouterr().out)


def keys(jobs: dict[str, Job]) -> set[str]:
    return {job.source.key.removeprefix("uploads/") for job in jobs.values()}


def test_what_has_rested_for_so_long_goes_and_nothing_else(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    foreseen = archived(scene, capsys, how=replace(OLD, dry_run=True))
    assert not scene.world.archive._rows
    told = archived(scene, capsys)

    assert foreseen["archived"] == told["archived"] == 2
    assert told["by_state"] == {"DONE": 1, "REJECTED": 0, "FAILED": 1, "LOST": 0}
    assert keys(scene.world.archive._rows) == {"old.jpg", "failed.jpg"}
    assert keys(scene.world.jobs._rows) == {"new.jpg"}


def test_so_many_at_most_and_the_next_time_the_rest(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    how = replace(OLD, limit=1)
    told = [archived(scene, capsys, how=how) for _ in range(3)]

    assert [(each["archived"], each["more"]) for each in told] == [
        (1, True),
        (1, False),
        (0, False),
    ]


def test_a_named_job_goes_however_short_a_time_ago_it_ended(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    assert archived(scene, capsys, "new.jpg")["archived"] == 1
    assert keys(scene.world.archive._rows) == {"new.jpg"}
    assert archived(scene, capsys, "new.jpg")["stay"] == 1


def test_people_are_told(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    archive_jobs(scene.operator, [], replace(OLD, limit=1), as_json=False)
    archive_jobs(scene.operator, ["new.jpg", "old.jpg", "failed.jpg"], OLD, as_json=False)

    out = capsys.readouterr().out
    assert "1 job that had not changed since" in out
    assert "there is more" in out
    assert "2 jobs archived" in out
    assert "1 stay: under way, owing something, forgotten, or archived" in out


def test_a_time_that_is_none_is_told(scene: Scene) -> None:
    with pytest.raises(CommandError, match="'soon' is no time"):
        archive_jobs(scene.operator, [], How(older_than="soon"), as_json=True)


def test_every_command_knows_what_was_archived(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    archived(scene, capsys)
    operator = scene.operator

    assert show_job(operator, "old.jpg", as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "DONE"
    show_list(operator, None, limit=50, as_json=True)
    assert len(json.loads(capsys.readouterr().out)["jobs"]) == 3
    export(operator, What.JOBS, Format.JSONL, ANYTHING, None)
    assert len(capsys.readouterr().out.splitlines()) == 3
    backfill(operator, "uploads/", limit=10, as_json=True)
    assert json.loads(capsys.readouterr().out)["counts"]["known"] == 3
    found = operator.events.find(Wanted(), limit=50)
    assert {told.subject for told in found.events} == {
        "uploads/old.jpg",
        "uploads/failed.jpg",
        "uploads/new.jpg",
    }
    assert show_audit(operator, wait=0.0, deep=True, as_json=True) == 0


def test_an_event_of_it_is_sent_again_and_brings_it_back(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    archived(scene, capsys)
    job = scene.operator.overview.find("old.jpg")
    assert job is not None
    told = scene.operator.events.find(Wanted(job=job), limit=9).events

    owed, left = scene.operator.events.replay(told, by="a test")
    scene.world.run(scene.functions)

    assert (len(owed), len(left)) == (1, 0)
    assert keys(scene.world.archive._rows) == {"failed.jpg"}
    names = [e.id for e in scene.world.sink.published if e.subject == "uploads/old.jpg"]
    assert len(names) == 2
    assert len(set(names)) == 1


def test_a_retry_brings_it_back_and_makes_it_a_second_time(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    archived(scene, capsys)

    assert retry_jobs(scene.operator, ["failed.jpg"], PLAINLY, as_json=True) == 0
    scene.world.run(scene.functions)

    job = scene.operator.overview.find("failed.jpg")
    assert job is not None
    assert (job.state, job.attempt) == (JobState.DONE, 2)
    assert keys(scene.world.archive._rows) == {"old.jpg"}


def test_the_audit_names_an_older_row_and_its_command_removes_it(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    job = scene.operator.overview.find("old.jpg")
    assert job is not None
    scene.world.archive.add(replace(job, version=job.version - 1, nonce="older"))

    assert show_audit(scene.operator, wait=0.0, deep=False, as_json=True) == 1
    (finding,) = json.loads(capsys.readouterr().out)["wrong"]
    assert (finding["kind"], finding["subject"]) == ("archive_outdated", job.id)
    program, command, name = finding["command"].split()
    assert (program, command) == ("maskline", "archive")
    told = archived(scene, capsys, name, how=replace(OLD, dry_run=False))

    assert (told["older_rows_removed"], told["archived"]) == (1, 1)
    assert show_audit(scene.operator, wait=0.0, deep=False, as_json=True) == 0
