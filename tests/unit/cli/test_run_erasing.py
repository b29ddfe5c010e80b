"""`maskline run` with a second stage: its price, its end, and its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.cli.erasings import erasings_of
from scripts.cli.errors import ExitCode
from scripts.cli.homecoming import Homecoming
from scripts.cli.run import run_photos
from shared.domain.effects import AcceptErasure
from shared.domain.failure import Failure, FailureKind
from shared.domain.stage import Stage
from tests.unit.cli.scene import Scene, folder_of_photos, jpeg

LINE = "people,erase:people=all"
REFUSED = Failure(kind=FailureKind.TERMINAL, code="DataInspectionFailed", message="refused")


class Command:
    """`maskline run --recipes` in one world."""

    def __init__(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.scene = Scene()
        self.out = tmp_path / "out"
        self.photos = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1))
        self.home = self.out / "trip" / "a.jpg"
        self._capsys = capsys

    def __call__(self, recipes: str | None = LINE, **options: Any) -> tuple[int, Mapping[str, Any]]:
        chosen = {"dry_run": False, "timeout": None, "as_json": True, **options}
        given = [self.photos]
        code = run_photos(
            self.scene.operator, given, out=self.out, yes=True, recipes=recipes, **chosen
        )
        captured = self._capsys.readouterr()
        return code, json.loads(captured.out) if chosen["as_json"] else {"text": captured.out}

    def hold_erasings(self) -> None:
        """The second stage is paused: uploads end, erasings do not."""
        self.scene.operator.erasing.pause("not now")


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, capsys)


def test_a_run_waits_for_its_erasings_and_brings_them_home(command: Command) -> None:
    code, told = command()

    (photo,) = told["photos"]
    (erasing,) = photo["erasings"]
    manifest = json.loads((command.home / "erase" / "erase.json").read_bytes())
    assert code == ExitCode.DONE
    assert (erasing["state"], erasing["reason"]) == ("DONE", None)
    assert manifest["job_id"] == erasing["job_id"]
    assert all((command.home / "erase" / file["name"]).is_file() for file in manifest["files"])


def test_an_erasing_that_fails_leaves_the_rest_at_home_and_is_told(command: Command) -> None:
    command.scene.world.tasks.complete = lambda *_: REFUSED

    code, told = command()
    text = command(as_json=False)[1]["text"]

    (photo,) = told["photos"]
    assert code == ExitCode.WRONG
    assert (photo["state"], photo["erasings"][0]["state"]) == ("DONE", "FAILED")
    assert "its erasing is FAILED" in photo["problem"]
    assert (command.home / "manifest.json").is_file()
    assert not (command.home / "erase").exists()
    assert "erasing" in text


def test_nobody_to_erase_is_nothing_to_wait_for(command: Command) -> None:
    code, told = command("erase:people=not-largest")

    assert (code, told["photos"][0]["erasings"]) == (ExitCode.DONE, [])
    assert len(command.scene.world.tasks.ledger) == 1


def test_an_erasing_under_way_is_not_finished_yet_and_comes_home_next_time(
    command: Command,
) -> None:
    command.hold_erasings()
    code, told = command(timeout=30)

    assert code == ExitCode.UNFINISHED
    assert told["photos"][0]["results"] == str(command.home)
    assert not (command.home / "erase").exists()

    command.scene.operator.erasing.resume()
    code, told = command()

    assert (code, told["photos"][0]["plan"]) == (ExitCode.DONE, "ended")
    assert (command.home / "erase" / "erase.json").is_file()


def test_an_erasing_asked_for_later_is_waited_for_too(command: Command) -> None:
    command("people")
    code, told = command()

    assert code == ExitCode.DONE
    assert told["photos"][0]["erasings"][0]["state"] == "DONE"
    assert (command.home / "erase" / "erase.json").is_file()


def test_a_dry_run_prices_both_stages(command: Command) -> None:
    folder_of_photos(command.photos, b_jpg=jpeg(2), same_jpg=jpeg(2), note_jpg=b"hello")

    plain, both = command("people", dry_run=True)[1], command(dry_run=True)[1]
    text = command(dry_run=True, as_json=False)[1]["text"]

    assert (plain["calls"], plain["erasings"]) == (2, 0)
    assert (both["calls"], both["erasings"], both["erase_quota_left"]) == (2, 2, None)
    assert both["seconds"] > plain["seconds"]
    assert "2 paid calls (no limit), up to 2 for erasings (no limit)" in text


def test_what_was_erased_already_costs_nothing_again(command: Command) -> None:
    command("people")
    assert command(dry_run=True)[1]["erasings"] == 1

    command()
    assert command(dry_run=True)[1]["erasings"] == 0
    gate = command.scene.operator.overview.gate(Stage.ERASE)
    assert gate is not None
    assert gate.quota.spent == 1


def test_an_erasing_that_has_yet_to_become_a_job_is_waited_for(command: Command) -> None:
    command()
    rows = command.scene.world.jobs._rows
    (erasing,) = (job for job in rows.values() if job.erasure is not None)
    assert erasing.erasure is not None
    parent = rows[erasing.erasure.parent_id]
    manifest = Homecoming(objects=command.scene.shop, out=command.out).manifest(
        str(parent.manifest_key)
    )
    assert erasings_of(command.scene.world.jobs, manifest) == (erasing,)

    del rows[erasing.id]
    rows[parent.id] = replace(parent, pending=(AcceptErasure(erasing.erasure),))
    assert erasings_of(command.scene.world.jobs, manifest) is None

    rows[parent.id] = parent
    assert erasings_of(command.scene.world.jobs, manifest) == ()
