"""Bulk retries, backfill and export over the simulated pipeline."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from scripts.cli.backfill import backfill
from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.export import Format, What, export, format_of, what_of
from scripts.cli.retry import How, retry_jobs
from scripts.cli.selection import ANYTHING, Selection, moment, selection_of
from shared.domain.failure import Failure, FailureKind
from shared.domain.job import Job
from shared.domain.state import JobState
from shared.ports.objects import ObjectInfo
from tests.simulation.pictures import one_person
from tests.unit.cli.scene import Scene, jpeg

REFUSED = Failure(kind=FailureKind.TERMINAL, code="DataInspectionFailed", message="=refused")
FAILED = Selection(state=JobState.FAILED)


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def failed(scene: Scene) -> Scene:
    """Two failures in two folders, and one that is done."""
    scene.world.tasks.segment = lambda _: REFUSED
    for number, name in enumerate(("a/one.jpg", "b/two.jpg")):
        scene.shop.put(f"uploads/{name}", jpeg(10 + 50 * number), media_type="")
    scene.world.run(scene.functions)
    scene.world.tasks.segment = one_person
    scene.shop.put("uploads/a/good.jpg", jpeg(200), media_type="")
    scene.world.run(scene.functions)
    return scene


def jobs(scene: Scene) -> dict[str, Job]:
    return {job.source.key: job for job in scene.world.jobs._rows.values()}


def states(scene: Scene) -> dict[str, str]:
    return {key: str(job.state) for key, job in jobs(scene).items()}


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def lay(scene: Scene, key: str, shade: int) -> ObjectInfo:
    """An object that was there before there were triggers."""
    return scene.world.objects.put(key, jpeg(shade), media_type="image/jpeg")


# --- retry by filter ---


def test_a_dry_run_tells_the_price_and_changes_nothing(
    failed: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    before = states(failed)

    code = retry_jobs(failed.operator, [], How(selection=FAILED, dry_run=True), as_json=True)

    document = told(capsys)
    assert (code, document["dry_run"], document["calls"]) == (0, True, 2)
    assert {job["action"] for job in document["jobs"]} == {"queued"}
    assert states(failed) == before


def test_all_that_is_selected_is_tried_again_and_nothing_else(
    failed: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    how = How(selection=Selection(prefix="uploads/a/", code="DataInspectionFailed"))

    assert retry_jobs(failed.operator, [], how, as_json=True) == ExitCode.DONE

    assert [job["key"] for job in told(capsys)["jobs"]] == ["uploads/a/one.jpg"]
    failed.world.run(failed.functions)
    assert states(failed) == {
        "uploads/a/one.jpg": "DONE",
        "uploads/b/two.jpg": "FAILED",
        "uploads/a/good.jpg": "DONE",
    }


def test_another_code_or_a_later_time_selects_nothing(
    failed: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    later = failed.clock.now() + 1
    for selection in (Selection(code="Other"), Selection(since=later), Selection(until=0.0)):
        assert retry_jobs(failed.operator, [], How(selection=selection), as_json=True) == 0
        assert told(capsys)["jobs"] == []


def test_a_limit_takes_the_oldest_and_says_that_there_are_more(
    failed: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    how = How(selection=FAILED, limit=1, dry_run=True)

    retry_jobs(failed.operator, [], how, as_json=True)

    said = capsys.readouterr()
    assert len(json.loads(said.out)["jobs"]) == 1
    assert "more than 1" in said.err


def test_many_are_not_tried_again_unasked(failed: Scene) -> None:
    before = states(failed)

    with pytest.raises(CommandError, match="up to 2 calls paid: say --yes"):
        retry_jobs(failed.operator, [], How(selection=FAILED, ask_above=1), as_json=True)

    assert states(failed) == before
    how = How(selection=FAILED, ask_above=1, yes=True)
    assert retry_jobs(failed.operator, [], how, as_json=True) == 0


@pytest.mark.parametrize(
    ("names", "selection"), [([], ANYTHING), (["a/one.jpg"], FAILED)], ids=["nothing", "both"]
)
def test_jobs_are_named_or_selected(failed: Scene, names: list[str], selection: Selection) -> None:
    with pytest.raises(CommandError, match="nothing, or too much"):
        retry_jobs(failed.operator, names, How(selection=selection), as_json=True)


def test_times_are_understood_as_people_write_them() -> None:
    now = 1_800_000_000.0

    assert moment("90min", now) == moment("90m", now) == now - 5400
    assert moment("2d", now) == now - 172_800
    assert moment("2027-01-15T08:00:00Z", now) == now
    assert moment("2027-01-15T16:00:00+08:00", now) == now
    for wrong in ("soon", "5", "2027-13-01", "5 d"):
        with pytest.raises(CommandError, match="is no time"):
            moment(wrong, now)
    with pytest.raises(CommandError, match="no state"):
        selection_of(state="LATE", code=None, prefix=None, since=None, until=None, now=now)


# --- backfill ---


def test_what_lies_under_the_uploads_is_taken_in_once(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(scene, "uploads/old/a.jpg", 10)
    lay(scene, "uploads/old/b.jpg", 60)

    def filled(**options: Any) -> Any:
        options = {"limit": 10, "dry_run": False, "yes": False, **options}
        assert backfill(scene.operator, "uploads/old/", **options, as_json=True) == 0
        return told(capsys)

    foreseen = filled(dry_run=True)
    assert (foreseen["calls"], foreseen["counts"]["new"]) == (2, 2)
    assert states(scene) == {}
    assert filled()["counts"]["new"] == 2
    assert filled()["counts"] == {**dict.fromkeys(foreseen["counts"], 0), "known": 2}
    scene.world.run(scene.functions)
    assert states(scene) == {"uploads/old/a.jpg": "DONE", "uploads/old/b.jpg": "DONE"}
    assert filled()["counts"]["known"] == 2


def test_what_lies_elsewhere_is_copied_under_the_uploads_and_its_event_does_the_rest(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(scene, "archive/2019/a.jpg", 10)

    backfill(scene.operator, "archive/", limit=10, as_json=True)

    (line,) = told(capsys)["objects"]
    assert line == {
        "object": "archive/2019/a.jpg",
        "upload": "uploads/archive/2019/a.jpg",
        "found": "new",
    }
    scene.announce("uploads/archive/2019/a.jpg")
    scene.world.run(scene.functions)
    assert states(scene) == {"uploads/archive/2019/a.jpg": "DONE"}
    backfill(scene.operator, "archive/", limit=10, as_json=True)
    assert told(capsys)["counts"]["known"] == 1
    assert len(jobs(scene)) == 1


def test_only_photographs_are_taken_in_and_equal_ones_are_priced_once(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(scene, "old/a.jpg", 10)
    lay(scene, "old/same.JPG", 10)
    lay(scene, "old/notes.txt", 10)
    lay(scene, "old/folder/", 10)
    lay(scene, "results/of-ours.jpg", 20)
    scene.world.objects.put("old/huge.jpg", bytes(21 << 20), media_type="")

    backfill(scene.operator, "", limit=10, dry_run=True, as_json=True)

    document = told(capsys)
    counts = {found: count for found, count in document["counts"].items() if count}
    assert counts == {"new": 1, "equal": 1, "no picture": 1, "too large": 1}
    assert document["calls"] == 1


def test_a_limit_ends_the_walk_and_the_next_goes_on(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        lay(scene, f"uploads/{number}.jpg", number * 40)

    seen = []
    for _ in range(2):
        backfill(scene.operator, "uploads/", limit=2, as_json=True)
        seen.append(told(capsys))

    assert [document["more"] for document in seen] == [True, False]
    assert [len(document["objects"]) for document in seen] == [2, 1]
    assert len(jobs(scene)) == 3


def test_what_changes_meanwhile_is_said(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    lay(scene, "old/a.jpg", 10)
    copied = scene.shop.copy

    def changed(source: str, target: str, *, if_match: str) -> ObjectInfo:
        lay(scene, source, 99)
        return copied(source, target, if_match=if_match)

    scene.shop.copy = changed  # type: ignore[method-assign]  # somebody uploads at this moment

    code = backfill(scene.operator, "old/", limit=9, as_json=True)

    assert code == ExitCode.WRONG
    assert told(capsys)["changed_meanwhile"] == ["old/a.jpg"]


def test_many_are_not_taken_in_unasked(scene: Scene) -> None:
    lay(scene, "uploads/a.jpg", 10)

    with pytest.raises(CommandError, match="up to 1 calls paid"):
        backfill(scene.operator, "uploads/", limit=9, as_json=True, ask_above=0)

    assert states(scene) == {}


# --- export ---


def exported(scene: Scene, what: What, form: Format, path: Path, **chosen: Any) -> str:
    export(scene.operator, what, form, Selection(**chosen), path)
    return path.read_text(encoding="utf-8")


def test_jobs_are_one_document_a_line(failed: Scene, tmp_path: Path) -> None:
    text = exported(failed, What.JOBS, Format.JSONL, tmp_path / "jobs")

    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["key"]: line["state"] for line in lines} == states(failed)
    failures = [line["reason"]["code"] for line in lines if line["reason"]]
    assert failures == ["DataInspectionFailed"] * 2


def test_a_table_has_plain_cells_and_none_that_a_spreadsheet_would_run(
    failed: Scene, tmp_path: Path
) -> None:
    text = exported(failed, What.JOBS, Format.CSV, tmp_path / "jobs", state=JobState.FAILED)

    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["code"] for row in rows] == ["DataInspectionFailed"] * 2
    assert [row["message"] for row in rows] == ["'=refused"] * 2


def test_manifests_are_those_that_are_there(failed: Scene, tmp_path: Path) -> None:
    (line,) = exported(failed, What.MANIFESTS, Format.JSONL, tmp_path / "m").splitlines()

    record = json.loads(line)
    assert record["manifest"]["source"]["key"] == "uploads/a/good.jpg"
    failed.world.objects.delete(record["key"])
    assert exported(failed, What.MANIFESTS, Format.JSONL, tmp_path / "m") == ""


def test_history_is_every_line_of_every_time_line(failed: Scene, tmp_path: Path) -> None:
    text = exported(failed, What.HISTORY, Format.CSV, tmp_path / "h", prefix="uploads/a/good")

    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(jobs(failed)["uploads/a/good.jpg"].history)
    assert rows[-1]["state"] == "DONE"


def test_events_are_those_of_the_jobs_with_their_logs(failed: Scene, tmp_path: Path) -> None:
    text = exported(failed, What.EVENTS, Format.JSONL, tmp_path / "e", prefix="uploads/a/")

    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["key"]: line["type"] for line in lines} == {
        "uploads/a/one.jpg": "maskline.job.failed",
        "uploads/a/good.jpg": "maskline.job.done",
    }
    assert all(line["deliveries"] for line in lines)


def test_what_and_how_are_chosen_by_name(tmp_path: Path, scene: Scene) -> None:
    assert (what_of("Jobs"), format_of("CSV")) == (What.JOBS, Format.CSV)
    for choose in (what_of, format_of):
        with pytest.raises(CommandError, match="choose from"):
            choose("xml")
    with pytest.raises(CommandError, match="cannot be written"):
        exported(scene, What.JOBS, Format.CSV, tmp_path / "no" / "such")
