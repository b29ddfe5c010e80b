"""One zip for each function: its closure, its `requirements.txt`, and what that asks for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.package.archive import write_if_new, zipped
from scripts.package.closure import (
    REQUIREMENTS,
    Closure,
    PackagingError,
    closures,
    function_names,
    source_root,
)
from scripts.package.dependencies import third_party
from scripts.package.limits import Size, checked
from scripts.package.lock import needed, read_lock
from scripts.package.runtimes import Runtime
from scripts.package.trial import imports_alone, interpreter_of

LOCK: Final = "requirements.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A function's zip for the cloud.

    `sha256` is that of the names and contents in it, which does not depend on this machine's zlib;
    `imported` is how many modules a clean interpreter imported, None where there was none.
    """

    function: str
    path: Path
    sha256: str
    size: Size
    imported: int | None


def build(out: Path) -> dict[str, Path]:
    """Build every function's package into `out`; answers the zips by function name.

    Third-party packages are not in them: locally they come from the environment. A zip that is up
    to date is left untouched.

    Raises:
        PackagingError: there is no function, or one has no `requirements.txt`.
    """
    root = source_root()
    built = {}
    for closure in closures(root, _names(root)):
        built[closure.function] = out / f"{closure.function}.zip"
        write_if_new(built[closure.function], package_of(root, closure))
    return built


def build_for_cloud(out: Path, runtime: Runtime, *, trial: bool = True) -> list[Package]:
    """Build packages that hold their third-party packages too.

    With `trial` each is imported alone, where this machine has an interpreter of the runtime.

    Raises:
        PackagingError: see `build`; or a package cannot be had, is too large, or does not run.
    """
    root = source_root()
    pins = read_lock(root / LOCK)
    interpreter = interpreter_of(runtime, os.environ) if trial else None
    known: dict[frozenset[str], dict[str, bytes]] = {}
    built = []
    for closure in closures(root, _names(root)):
        mine = needed(pins, _requirements(root, closure))
        names = frozenset(pin.name for pin in mine)
        if names not in known:  # submit and poller ask for the same
            known[names] = third_party(mine, runtime)
        files = {**known[names], **_own_files(root, closure)}
        built.append(_written(out, closure.function, files, interpreter))
    return built


def package_of(root: Path, closure: Closure) -> bytes:
    """The zip of one function's own code.

    Raises:
        PackagingError: its `requirements.txt` is missing.
    """
    return zipped(_own_files(root, closure))


def digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over names and contents, in hexadecimal."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return whole.hexdigest()


def _written(
    out: Path, function: str, files: Mapping[str, bytes], interpreter: Path | None
) -> Package:
    path = out / f"{function}.zip"
    contents = zipped(files, compressed=True)
    size = Size(packed=len(contents), unpacked=sum(len(data) for data in files.values()))
    checked(function, size)
    write_if_new(path, contents)
    imported = imports_alone(path, interpreter) if interpreter else None
    return Package(function=function, path=path, sha256=digest(files), size=size, imported=imported)


def _names(root: Path) -> list[str]:
    names = function_names(root)
    if not names:
        raise PackagingError(f"there is no functions/*/handler.py in {root}")
    return names


def _own_files(root: Path, closure: Closure) -> dict[str, bytes]:
    files = {name: path.read_bytes() for name, path in closure.files.items()}
    return {**files, REQUIREMENTS: _requirements(root, closure).read_bytes()}


def _requirements(root: Path, closure: Closure) -> Path:
    path = root / "functions" / closure.function / REQUIREMENTS
    if not path.exists():
        raise PackagingError(f"function {closure.function!r} has no {REQUIREMENTS}")
    return path
