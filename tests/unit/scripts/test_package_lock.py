"""A function's part of the lock: what it names, what that asks for, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.package.closure import PackagingError, function_names, source_root
from scripts.package.dependencies import SOURCE_ONLY
from scripts.package.lock import needed, read_lock

LOCK = """\
alpha==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
    # via maskline (pyproject.toml)
beta-two==2.0 ; python_full_version < '3.11' \\
    --hash=sha256:b1
    # via alpha
beta-two==3.0 ; python_full_version >= '3.11' \\
    --hash=sha256:b2
    # via alpha
gamma==1.0 \\
    --hash=sha256:cc
    # via
    #   beta-two
    #   delta
delta==1.0 \\
    --hash=sha256:dd
    # via maskline (pyproject.toml)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "requirements.lock").write_text(LOCK)
    return tmp_path


def chosen(folder: Path, requirements: str) -> list[str]:
    (folder / "requirements.txt").write_text(requirements)
    pins = needed(read_lock(folder / "requirements.lock"), folder / "requirements.txt")
    return [f"{pin.name} {pin.version}" for pin in pins]


def test_what_is_asked_for_in_turn_comes_along_in_every_version(folder: Path) -> None:
    found = chosen(folder, "Alpha>=1  # the reason\n\n")

    assert found == ["alpha 1.0", "beta-two 2.0", "beta-two 3.0", "gamma 1.0"]


def test_who_asks_does_not_come_along(folder: Path) -> None:
    assert chosen(folder, "gamma\n") == ["gamma 1.0"]


def test_marker_and_hashes_are_kept_and_remarks_are_not(folder: Path) -> None:
    pin = read_lock(folder / "requirements.lock")[1]

    assert pin.lines == (
        "beta-two==2.0 ; python_full_version < '3.11' \\",
        "    --hash=sha256:b1",
    )


def test_a_package_that_the_lock_does_not_know_is_named(folder: Path) -> None:
    with pytest.raises(PackagingError, match="omega: run `make lock` first"):
        chosen(folder, "omega\nalpha\n")


def test_the_functions_need_what_their_sdks_need_and_nothing_of_the_laptops() -> None:
    root = source_root()
    pins = read_lock(root / "requirements.lock")
    for name in function_names(root):
        names = {pin.name for pin in needed(pins, root / "functions" / name / "requirements.txt")}
        assert names >= {"oss2", "crcmod", "tablestore", "protobuf", "numpy", "certifi", "h11"}
        assert not names & {"typer", "onnxruntime", "opencv-python-headless", "pytest", "uv"}


def test_what_the_index_has_as_source_only_is_known() -> None:
    """One hash in the lock is one file; of these it is the source archive."""
    pins = read_lock(source_root() / "requirements.lock")

    assert {pin.name for pin in pins} >= SOURCE_ONLY
    assert all(len(pin.lines) == 2 for pin in pins if pin.name in SOURCE_ONLY)
