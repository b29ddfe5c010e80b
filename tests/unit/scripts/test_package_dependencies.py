"""Packages for the real cloud refuse another interpreter, and leave out what no function needs."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from scripts.package.build import build_for_cloud
from scripts.package.closure import PackagingError
from scripts.package.dependencies import check_interpreter, install, installed_files


def interpreter(folder: Path, says: str) -> Path:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_runtimes_interpreter_is_accepted(tmp_path: Path) -> None:
    check_interpreter(interpreter(tmp_path, "3.10 linux x86_64"))


@pytest.mark.parametrize("says", ["3.11 linux x86_64", "3.10 darwin arm64", "3.10 linux aarch64"])
def test_any_other_interpreter_is_refused_before_anything_is_built(
    tmp_path: Path, says: str
) -> None:
    with pytest.raises(PackagingError, match=f"is {says}; packages for the cloud need 3.10"):
        build_for_cloud(tmp_path / "out", interpreter(tmp_path, says))
    assert not (tmp_path / "out").exists()


def test_a_program_that_is_no_interpreter_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match="absent is not a Python that runs"):
        check_interpreter(tmp_path / "absent")


def test_what_cannot_be_installed_says_why(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("./absent-folder\n")
    with pytest.raises(PackagingError, match=r"requirements\.txt cannot be installed"):
        install(requirements, requirements, tmp_path / "python", tmp_path / "target")


def test_caches_and_programs_are_left_out(tmp_path: Path) -> None:
    for name in ("oss2/__init__.py", "oss2/__pycache__/x.pyc", "bin/jp.py", "a.dist-info/METADATA"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert set(installed_files(tmp_path)) == {"oss2/__init__.py", "a.dist-info/METADATA"}
