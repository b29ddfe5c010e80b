"""Third-party packages for a runtime: its wheels, whatever interpreter builds them.

Wheels come from the index, of the lock's versions, checked by its hashes. Three vendors publish
source archives only. Those are Python (but for `crcmod`'s part in C, which nothing here calls, see
`shared/adapters/oss/checksum.py`), so their files are taken as they were installed into this
environment from the same lock, by hash as well.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

from scripts.package.closure import PackagingError
from scripts.package.lock import Pin
from scripts.package.runtimes import Runtime

SOURCE_ONLY: Final = frozenset({"aliyun-fc2", "aliyun-python-sdk-core", "crcmod", "oss2"})
"""Of these the index has no wheel."""
LEFT_OUT: Final = ("__pycache__", "bin")
"""Folders that a function has no use for."""
OF_THE_INSTALLER: Final = ("RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json")
"""What differs with the program that installed."""
COMPILED: Final = (".so", ".pyc")


def third_party(pins: Sequence[Pin], runtime: Runtime) -> dict[str, bytes]:
    """Every file of the pinned packages that apply to the runtime, by its name in the package.

    Raises:
        PackagingError: a wheel cannot be had, or this environment is not that of the lock.
    """
    files: dict[str, bytes] = {}
    for pin in pins:
        if pin.name in SOURCE_ONLY:
            files.update(_from_environment(pin))
    with TemporaryDirectory() as folder:
        target = Path(folder, "wheels")
        _install([pin for pin in pins if pin.name not in SOURCE_ONLY], runtime, Path(folder))
        files.update(installed_files(target))
    return files


def installed_files(target: Path) -> dict[str, bytes]:
    """Every file below `target` by its name, without what no function needs."""
    named = {path.relative_to(target).as_posix(): path for path in target.rglob("*")}
    return {
        name: path.read_bytes() for name, path in named.items() if path.is_file() and _wanted(name)
    }


def _install(pins: Sequence[Pin], runtime: Runtime, folder: Path) -> None:
    """The wheels into `folder`/wheels."""
    requirements = folder / "requirements.txt"
    requirements.write_text("\n".join(line for pin in pins for line in pin.lines) + "\n")
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--link-mode", "copy"]
    command += ["--python", sys.executable, "--python-version", runtime.python]
    command += ["--python-platform", runtime.wheels, "--target", str(folder / "wheels")]
    done = subprocess.run(  # noqa: S603 - made of our own parts
        [*command, "--requirement", str(requirements)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PackagingError(
            f"the wheels for {runtime.name} cannot be had:\n{done.stderr.strip()}\n"
            "Is the package index in reach? Is the lock file in step (`make lock`)?"
        )


def _from_environment(pin: Pin) -> dict[str, bytes]:
    found = _installed(pin)
    files: dict[str, bytes] = {}
    for file in found.files or ():
        name = PurePosixPath(file).as_posix()
        if not name.startswith("..") and _wanted(name) and file.suffix not in COMPILED:
            files[name] = Path(str(file.locate())).read_bytes()
    if not files:
        raise PackagingError(f"{pin.name} has no files in this environment: run `make setup`")
    return {name: data for name, data in files.items() if ".dist-info/" not in name}


def _installed(pin: Pin) -> Distribution:
    try:
        found = distribution(pin.name)
    except PackageNotFoundError:
        found = None
    if found is None or found.version != pin.version:
        there = found.version if found else "none"
        raise PackagingError(
            f"{pin.name} {pin.version} is locked, and here is {there}: run `make setup`"
        )
    return found


def _wanted(name: str) -> bool:
    path = PurePosixPath(name)
    if set(LEFT_OUT) & set(path.parts[:-1]):
        return False
    return not (path.name in OF_THE_INSTALLER and path.parent.suffix == ".dist-info")
