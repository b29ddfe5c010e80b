"""Third-party files for a runtime: what is taken, what is left out, and what is refused."""

from __future__ import annotations

import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.package.archive import zipped
from scripts.package.closure import PackagingError, source_root
from scripts.package.dependencies import SOURCE_ONLY, installed_files, third_party
from scripts.package.limits import LARGEST, LARGEST_EVERYWHERE, Size, checked
from scripts.package.lock import Pin, read_lock
from scripts.package.runtimes import RUNTIMES
from scripts.package.trial import fits, imports_alone, interpreter_of

OLD, NEW = RUNTIMES["python3.10"], RUNTIMES["python3.12"]


def interpreter(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def pins_of(*names: str) -> list[Pin]:
    return [pin for pin in read_lock(source_root() / "requirements.lock") if pin.name in names]


@pytest.mark.parametrize("says", ["3.11 linux x86_64", "3.10 darwin arm64", "3.10 linux aarch64"])
def test_any_other_interpreter_does_not_fit(tmp_path: Path, says: str) -> None:
    assert fits(interpreter(tmp_path / "right", "3.10 linux x86_64"), OLD)
    assert not fits(interpreter(tmp_path / "wrong", says), OLD)
    assert not fits(tmp_path / "absent", OLD)


def test_an_interpreter_is_found_on_the_path_and_where_pyenv_puts_it(tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
    assert interpreter_of(OLD, env) is None

    kept = tmp_path / ".pyenv/versions/3.10.13/bin/python3.10"
    assert interpreter_of(OLD, env) is None
    assert interpreter(kept, "3.10 linux x86_64") == interpreter_of(OLD, env)

    interpreter(tmp_path / "bin/python3.10", "3.9 linux x86_64")  # a shim that leads elsewhere
    assert interpreter_of(OLD, env) == kept
    assert interpreter_of(NEW, env) is None


def test_caches_programs_and_the_installers_notes_are_left_out(tmp_path: Path) -> None:
    names = ("oss2/__init__.py", "oss2/__pycache__/x.pyc", "bin/jp.py")
    for name in (*names, "a.dist-info/METADATA", "a.dist-info/RECORD", "a/RECORD"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")

    found = set(installed_files(tmp_path))

    assert found == {"oss2/__init__.py", "a.dist-info/METADATA", "a/RECORD"}


def test_source_only_packages_come_from_this_environment_without_what_was_compiled() -> None:
    files = third_party(pins_of(*SOURCE_ONLY), OLD)

    assert {"oss2/api.py", "fc2/client.py", "crcmod/_crcfunpy.py"} <= set(files)
    assert "aliyunsdkcore/client.py" in files
    assert [name for name in files if name.endswith((".so", ".pyc"))] == []


def test_an_environment_that_is_not_the_locks_is_refused() -> None:
    pin = replace(pins_of("oss2")[0], version="0.1")

    with pytest.raises(PackagingError, match=r"oss2 0\.1 is locked, and here is .*make setup"):
        third_party([pin], OLD)


def test_a_wheel_that_cannot_be_had_says_why() -> None:
    pin = Pin(name="x", version="1", lines=("./absent-folder",), via=frozenset())

    with pytest.raises(PackagingError, match=r"wheels for python3\.10 cannot be had"):
        third_party([pin], OLD)


def test_a_package_that_lacks_a_module_says_which(tmp_path: Path) -> None:
    path = tmp_path / "submit.zip"
    path.write_bytes(zipped({"shared/a.py": b"import surely_absent\n"}))
    found = interpreter_of(OLD, {"PATH": "/usr/bin"}) or Path("/usr/bin/python3")

    with pytest.raises(PackagingError, match=r"(?s)submit\.zip does not run.*surely_absent"):
        imports_alone(path, found)


def test_a_package_sees_nothing_but_itself(tmp_path: Path) -> None:
    import sys

    path = tmp_path / "submit.zip"
    path.write_bytes(zipped({"shared/a.py": b"import oss2\n"}))

    with pytest.raises(PackagingError, match="No module named 'oss2'"):
        imports_alone(path, Path(sys.executable))


def test_sizes_are_held_against_the_limits() -> None:
    assert Size(packed=LARGEST_EVERYWHERE, unpacked=1).everywhere
    assert not Size(packed=LARGEST_EVERYWHERE + 1, unpacked=1).everywhere
    checked("submit", Size(packed=LARGEST, unpacked=1))
    with pytest.raises(PackagingError, match="package of submit has 500 MB"):
        checked("submit", Size(packed=LARGEST + 1, unpacked=1))


def test_a_zip_holds_what_it_was_given_whichever_way(tmp_path: Path) -> None:
    files = {"b": b"2" * 1000, "a": b"1"}
    for compressed in (True, False):
        path = tmp_path / "x.zip"
        path.write_bytes(zipped(files, compressed=compressed))
        with zipfile.ZipFile(path) as archive:
            assert archive.namelist() == ["a", "b"]
            assert {name: archive.read(name) for name in archive.namelist()} == files
