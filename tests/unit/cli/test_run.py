"""`maskline run` over the simulated pipeline."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.follow import Run
from scripts.cli.homecoming import Homecoming
from scripts.cli.photos import gather
from scripts.cli.plan import Planner, read_whole
from scripts.cli.run import ASK_ABOVE, run_photos
from shared.adapters.memory.stores import MemoryJobStore
from shared.domain.job import Job
from shared.domain.state import JobState
from shared.ports.errors import UnavailableError
from tests.unit.cli.scene import Scene, folder_of_photos, jpeg


class Command:
    """`maskline run` with its usual options, in one world."""

    def __init__(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.scene = Scene()
        self.out = tmp_path / "out"
        self._capsys = capsys

    def __call__(self, *given: Path, **options: Any) -> tuple[int, dict[str, Any]]:
        chosen = {"dry_run": False, "yes": False, "timeout": None, "as_json": True, **options}
        code = run_photos(self.scene.operator, list(given), out=self.out, **chosen)
        captured = self._capsys.readouterr()
        self.remarks = captured.err
        return code, json.loads(captured.out) if chosen["as_json"] else {"text": captured.out}


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, capsys)


def test_photos_go_up_and_their_masks_come_home(command: Command, tmp_path: Path) -> None:
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1), b_jpg=jpeg(2))

    code, told = command(trip)

    assert code == ExitCode.DONE
    assert told["counts"] == {"DONE": 2}
    for name in ("a.jpg", "b.jpg"):
        home = command.out / "trip" / name
        manifest = json.loads((home / "manifest.json").read_bytes())
        assert {str(p.relative_to(home)) for p in home.rglob("*") if p.is_file()} == {
            "manifest.json",
            *(file["name"] for file in manifest["files"]),
        }
    assert all(photo["people"] == 1 and photo["seconds"] > 0 for photo in told["photos"])


def test_a_second_run_uploads_nothing_and_restores_what_was_lost_at_home(
    command: Command, tmp_path: Path
) -> None:
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1))
    command(trip)
    mask = command.out / "trip" / "a.jpg" / "mask.png"
    whole = mask.read_bytes()
    mask.write_bytes(whole[:-1] + b"?")

    code, told = command(trip)

    assert code == ExitCode.DONE
    assert told["photos"][0]["plan"] == "ended"
    assert command.scene.shop.puts == ["uploads/trip/a.jpg"]
    assert mask.read_bytes() == whole


def test_equal_bytes_are_paid_for_once(command: Command, tmp_path: Path) -> None:
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1), b_jpg=jpeg(1))

    code, told = command(trip)

    assert code == ExitCode.DONE
    assert len(command.scene.world.tasks.ledger) == 1
    assert [photo["plan"] for photo in told["photos"]] == ["new", "duplicate"]


def test_what_is_rejected_ends_the_command_with_one_and_its_reason(
    command: Command, tmp_path: Path
) -> None:
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1), note_jpg=b"hello", big_jpg=b"")
    with (trip / "big.jpg").open("wb") as big:
        big.truncate(30_000_000)

    code, told = command(trip)

    by_name = {Path(photo["photo"]).name: photo for photo in told["photos"]}
    assert code == ExitCode.WRONG
    assert by_name["a.jpg"]["state"] == "DONE"
    assert by_name["note.jpg"]["reason"]["code"] == "not_a_picture"
    assert by_name["big.jpg"]["reason"]["code"] == "too_large"
    assert "uploads/trip/big.jpg" not in command.scene.shop.puts


def test_a_dry_run_tells_all_and_does_nothing(command: Command, tmp_path: Path) -> None:
    trip = folder_of_photos(tmp_path / "trip", done_jpg=jpeg(1))
    command(trip)
    folder_of_photos(
        trip, small_jpg=jpeg(3, (400, 400)), new_jpg=jpeg(4), same_jpg=jpeg(1), note_jpg=b"hello"
    )
    before = list(command.scene.shop.puts)

    code, told = command(trip, dry_run=True)

    plans = {Path(photo["photo"]).name: photo["plan"] for photo in told["photos"]}
    assert code == ExitCode.DONE
    assert plans == {
        "done.jpg": "ended",
        "new.jpg": "new",
        "note.jpg": "invalid",
        "same.jpg": "duplicate",
        "small.jpg": "new",
    }
    assert told["counts"]["fixable"] == 1
    assert told["calls"] == 2
    assert told["quota_left"] is None
    assert told["seconds"] == pytest.approx(2 * command.scene.world.service_seconds, rel=0.3)
    assert command.scene.shop.puts == before


def test_the_tables_for_people_name_every_photo(command: Command, tmp_path: Path) -> None:
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1), note_jpg=b"hello")

    _, plan = command(trip, dry_run=True, as_json=False)
    _, told = command(trip, as_json=False)

    assert "1 new, 1 invalid" in plan["text"]
    assert "nothing was uploaded" in plan["text"]
    assert "REJECTED" in told["text"]
    assert "[1/2]" in command.remarks


def test_many_photos_need_a_word(command: Command, tmp_path: Path) -> None:
    files = {f"p{n}_jpg": b"hello" for n in range(ASK_ABOVE + 1)}
    trip = folder_of_photos(tmp_path / "trip", **files)

    with pytest.raises(CommandError, match="--yes"):
        command(trip)

    assert command.scene.shop.puts == []
    code, _ = command(trip, yes=True)
    assert code == ExitCode.WRONG
    assert len(command.scene.shop.puts) == ASK_ABOVE + 1


def test_leaving_early_says_how_to_come_back(command: Command, tmp_path: Path) -> None:
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1))
    command.scene.clock.asleep = True

    code, told = command(trip, timeout=3.0)

    assert code == ExitCode.UNFINISHED
    assert told["photos"][0]["state"] in {"QUEUED", "RUNNING"}
    assert "run the same command again" in command.remarks
    command.scene.clock.asleep = False
    code, told = command(trip)
    assert (code, told["photos"][0]["plan"]) == (ExitCode.DONE, "under way")
    assert command.scene.shop.puts == ["uploads/trip/a.jpg"]


def test_an_interrupt_only_ends_the_watching(command: Command, tmp_path: Path) -> None:
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1))

    def interrupt() -> None:
        raise KeyboardInterrupt

    command.scene.clock.on_sleep = interrupt

    code, _ = command(trip)

    assert code == ExitCode.UNFINISHED
    assert "still under way" in command.remarks


def test_an_upload_without_its_event_is_waiting(command: Command, tmp_path: Path) -> None:
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1))
    command.scene.events = False

    code, told = command(trip, timeout=2.0)

    assert (code, told["photos"][0]["state"]) == (ExitCode.UNFINISHED, "WAITING")


def test_a_result_that_is_not_whole_is_said_and_the_rest_goes_on(
    command: Command, tmp_path: Path
) -> None:
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1), b_jpg=jpeg(2))
    _, told = command(trip)
    manifest = told["photos"][0]["manifest"]
    command.scene.world.objects.delete(manifest.replace("manifest.json", "mask.png"))
    (command.out / "trip" / "a.jpg" / "mask.png").unlink()

    code, told = command(trip)

    assert code == ExitCode.WRONG
    assert "maskline audit" in told["photos"][0]["problem"]
    assert told["photos"][1]["problem"] is None


def test_a_failed_photo_is_tried_again_by_uploading_it_again(
    command: Command, tmp_path: Path
) -> None:
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1))
    command(trip)
    scene = command.scene
    job = next(iter(scene.world.jobs._rows.values()))
    scene.world.jobs._rows[job.id] = _failed(job)
    scene.events = False  # the event comes later than the first look

    def tell() -> None:
        scene.events = True
        scene.clock.on_sleep = lambda: None
        scene.announce("uploads/trip/a.jpg")

    scene.clock.on_sleep = tell

    code, told = command(trip)

    assert (code, told["photos"][0]["plan"]) == (ExitCode.DONE, "again")
    assert scene.shop.puts == ["uploads/trip/a.jpg"] * 2


def test_a_failed_photo_that_was_paid_for_is_not_paid_for_again(
    command: Command, tmp_path: Path
) -> None:
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1))
    command(trip)
    job = next(iter(command.scene.world.jobs._rows.values()))
    command.scene.world.jobs._rows[job.id] = replace(_failed(job), saw_succeeded=True)

    code, told = command(trip)

    assert (code, told["photos"][0]["plan"]) == (ExitCode.WRONG, "ended")
    assert command.scene.shop.puts == ["uploads/trip/a.jpg"]


def _failed(job: Job) -> Job:
    return replace(job, state=JobState.FAILED, saw_succeeded=False)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        read_whole(tmp_path / "gone.jpg")


def test_a_cloud_that_went_away_is_waited_for_and_then_given_up(
    command: Command, tmp_path: Path
) -> None:
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1))
    run = Run(
        operator=replace(command.scene.operator, jobs=_Away(command.scene)),
        homecoming=Homecoming(objects=command.scene.shop, out=command.out),
    )
    photos = gather([trip], out=command.out, prefix="uploads/")
    run.upload(list(Planner(command.scene.operator)(photos)))
    away = run.operator.jobs
    assert isinstance(away, _Away)

    away.rounds = 10
    assert run.follow()
    assert away.rounds == 0

    again = folder_of_photos(tmp_path / "again", b_jpg=jpeg(2))
    photos = gather([again], out=command.out, prefix="uploads/")
    run.upload(list(Planner(command.scene.operator)(photos)))
    away.rounds = 10**6
    with pytest.raises(CommandError, match="has not answered") as raised:
        run.follow()
    assert raised.value.code is ExitCode.UNFINISHED


class _Away(MemoryJobStore):
    """Jobs whose service does not answer for so many reads."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self._rows = scene.world.jobs._rows
        self.rounds = 0

    def get(self, row_id: str) -> Job | None:
        if self.rounds:
            self.rounds -= 1
            raise UnavailableError("nobody at home")
        return super().get(row_id)
