"""Folders as people have them: dead links, loops, names in other encodings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts.cli.photos import gather


def test_one_bad_name_holds_up_none_of_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "trip"
    folder.mkdir()
    (folder / "good.jpg").write_bytes(b"x")
    (folder / "dead.jpg").symlink_to("nowhere")
    (folder / "loop").symlink_to(".")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.jpg")).write_bytes(b"x")

    found = gather([folder], out=tmp_path / "out", prefix="uploads/")

    assert [photo.name for photo in found] == ["trip/good.jpg"]
    said = capsys.readouterr().err
    assert "dead.jpg is no file" in said
    assert "not UTF-8" in said
