"""Packages of before are taken as they are only where nothing that goes into them has changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.package.build import build
from scripts.package.freshness import NOTE, built, remember, still_good


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "code.py").write_text("1")
    return folder


@pytest.fixture
def out(tmp_path: Path, sources: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "submit.zip").write_text("zip")
    remember(folder, [sources], {"submit": folder / "submit.zip"})
    return folder


def test_what_has_not_changed_is_kept(out: Path, sources: Path) -> None:
    (sources / "__pycache__").mkdir()
    (sources / "__pycache__" / "code.pyc").write_text("made by an import")

    assert still_good(out, [sources]) == {"submit": out / "submit.zip"}


def edited_within_the_same_size(out: Path, sources: Path) -> None:
    (sources / "inner" / "code.py").write_text("2")
    os.utime(sources / "inner" / "code.py", ns=(1, 1))


def longer_at_the_same_time(out: Path, sources: Path) -> None:
    path = sources / "inner" / "code.py"
    times = path.stat()
    path.write_text("longer")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def added(out: Path, sources: Path) -> None:
    (sources / "inner" / "more.py").touch()


def removed(out: Path, sources: Path) -> None:
    (sources / "inner" / "code.py").unlink()


def renamed(out: Path, sources: Path) -> None:
    (sources / "inner" / "code.py").rename(sources / "inner" / "other.py")


def package_altered(out: Path, sources: Path) -> None:
    (out / "submit.zip").write_text("half")


def package_gone(out: Path, sources: Path) -> None:
    (out / "submit.zip").unlink()


def note_gone(out: Path, sources: Path) -> None:
    (out / NOTE).unlink()


@pytest.mark.parametrize(
    "change",
    [
        edited_within_the_same_size,
        longer_at_the_same_time,
        added,
        removed,
        renamed,
        package_altered,
        package_gone,
        note_gone,
    ],
)
def test_any_change_is_seen(out: Path, sources: Path, change: Callable[[Path, Path], None]) -> None:
    change(out, sources)

    assert still_good(out, [sources]) == {}


def test_they_are_the_packages_that_are_built(tmp_path: Path) -> None:
    first = built(tmp_path / "out")
    again = built(tmp_path / "out")
    expected = build(tmp_path / "expected")

    assert first == again
    assert {name: path.read_bytes() for name, path in again.items()} == {
        name: path.read_bytes() for name, path in expected.items()
    }
