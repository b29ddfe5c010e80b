"""Which files are photos, and under which key each goes up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts.cli.errors import CommandError
from scripts.cli.photos import MARK, gather


def names(given: list[Path], out: Path) -> list[str]:
    return [photo.name for photo in gather(given, out=out, prefix="uploads/")]


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_folders_are_searched_whatever_the_case_of_the_extension(tmp_path: Path) -> None:
    trip = tmp_path / "trip"
    touch(trip / "a.JPG", trip / "天" / "b.HeIc", trip / "notes.txt", trip / "c.jpg.part")
    touch(trip / ".hidden.jpg", trip / ".thumbs" / "d.jpg", trip / "~$e.png")

    assert names([trip], tmp_path / "out") == ["trip/a.JPG", "trip/天/b.HeIc"]


def test_results_are_never_taken_for_photos(tmp_path: Path) -> None:
    trip = tmp_path / "trip"
    touch(trip / "a.jpg", trip / "out" / "mask.png", trip / "older" / "vis.png")
    touch(trip / "older" / MARK)

    assert names([trip], trip / "out") == ["trip/a.jpg"]


def test_a_file_has_the_key_that_its_folder_gives_it(tmp_path: Path) -> None:
    touch(tmp_path / "trip" / "a.jpg")

    by_folder = names([tmp_path / "trip"], tmp_path / "out")

    assert names([tmp_path / "trip" / "a.jpg"], tmp_path / "out") == by_folder
    assert names([tmp_path / "trip", tmp_path / "trip" / "a.jpg"], tmp_path / "out") == by_folder


def test_equal_names_in_two_folders_do_not_collide(tmp_path: Path) -> None:
    one, two = tmp_path / "x" / "trip", tmp_path / "y" / "trip"
    touch(one / "a.jpg", two / "a.jpg", one / "a.png")

    found = names([one, two], tmp_path / "out")

    assert len(set(found)) == 3
    assert found == names([one, two], tmp_path / "out")


def test_a_named_file_may_have_any_extension(tmp_path: Path) -> None:
    touch(tmp_path / "scan.data")

    assert names([tmp_path / "scan.data"], tmp_path / "out") == [f"{tmp_path.name}/scan.data"]


@pytest.mark.parametrize("problem", ["missing", "device", "empty", "long"])
def test_what_cannot_be_done_is_said(tmp_path: Path, problem: str) -> None:
    given = Path(os.devnull) if problem == "device" else tmp_path / "none"
    if problem == "empty":
        given.mkdir()
    if problem == "long":
        deep = given
        for _ in range(5):
            deep = deep / ("长" * 75)
        touch(deep / "a.jpg")

    said = {
        "missing": "does not exist",
        "device": "neither a file nor a folder",
        "empty": "no picture",
        "long": "1023",
    }[problem]
    with pytest.raises(CommandError, match=said):
        names([given], tmp_path / "out")
