"""One zip for each function: its closure and its `requirements.txt`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
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
from scripts.package.dependencies import check_interpreter, install, installed_files

LOCK: Final = "requirements.lock"


def build(out: Path) -> dict[str, Path]:
    """Build every function's package into `out`; answers the zips by function name.

    Third-party packages are not in them: locally they come from the environment. A zip that is up
    to date is left untouched.

    Raises:
        PackagingError: there is no function, or one has no `requirements.txt`.
    """
    root = source_root()
    names = function_names(root)
    if not names:
        raise PackagingError(f"there is no functions/*/handler.py in {root}")
    built = {}
    for closure in closures(root, names):
        built[closure.function] = out / f"{closure.function}.zip"
        write_if_new(built[closure.function], package_of(root, closure))
    return built


def build_for_cloud(out: Path, interpreter: Path) -> dict[str, Path]:
    """Build packages that hold their third-party packages too; answers the zips by function.

    `interpreter` is a CPython of the functions' runtime, on Linux x86-64.

    Raises:
        PackagingError: see `build`; or the interpreter is another, or a package cannot be had.
    """
    check_interpreter(interpreter)
    root = source_root()
    built = {}
    for closure in closures(root, function_names(root)):
        with TemporaryDirectory() as folder:
            target = Path(folder)
            install(_requirements(root, closure), root / LOCK, interpreter, target)
            files = installed_files(target)
        contents = zipped({**files, **_own_files(root, closure)}, compressed=True)
        built[closure.function] = out / f"{closure.function}.zip"
        write_if_new(built[closure.function], contents)
    return built


def package_of(root: Path, closure: Closure) -> bytes:
    """The zip of one function's own code.

    Raises:
        PackagingError: its `requirements.txt` is missing.
    """
    return zipped(_own_files(root, closure))


def _own_files(root: Path, closure: Closure) -> dict[str, bytes]:
    files = {name: path.read_bytes() for name, path in closure.files.items()}
    return {**files, REQUIREMENTS: _requirements(root, closure).read_bytes()}


def _requirements(root: Path, closure: Closure) -> Path:
    path = root / "functions" / closure.function / REQUIREMENTS
    if not path.exists():
        raise PackagingError(f"function {closure.function!r} has no {REQUIREMENTS}")
    return path
