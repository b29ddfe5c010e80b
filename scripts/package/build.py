"""One zip for each function: its closure and its `requirements.txt`."""

from __future__ import annotations

from pathlib import Path

from scripts.package.archive import write_if_new, zipped
from scripts.package.closure import (
    REQUIREMENTS,
    Closure,
    PackagingError,
    closures,
    function_names,
    source_root,
)


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


def package_of(root: Path, closure: Closure) -> bytes:
    """The zip of one function.

    Raises:
        PackagingError: its `requirements.txt` is missing.
    """
    requirements = root / "functions" / closure.function / REQUIREMENTS
    if not requirements.exists():
        raise PackagingError(f"function {closure.function!r} has no {REQUIREMENTS}")
    files = {name: path.read_bytes() for name, path in closure.files.items()}
    return zipped({**files, REQUIREMENTS: requirements.read_bytes()})
