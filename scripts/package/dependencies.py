"""Third-party packages for the real cloud, resolved by the interpreter that runs there.

Some of the vendors' packages are source archives with parts in C, so a package with dependencies is
built by a CPython 3.10 on Linux x86-64, which is what the functions' runtime is.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from scripts.package.closure import PackagingError

RUNTIME: Final = "3.10 linux x86_64"
ASK: Final = (
    "import platform, sys;"
    "print('{}.{}'.format(*sys.version_info), sys.platform, platform.machine())"
)
LEFT_OUT: Final = ("__pycache__", "bin")
"""Folders that a function has no use for."""


def check_interpreter(interpreter: Path) -> None:
    """Refuse an interpreter other than the runtime's.

    Raises:
        PackagingError: it does not run, or is another version or platform.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the user's own choice of a program
            [str(interpreter), "-c", ASK], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise PackagingError(f"{interpreter} is not a Python that runs: {error}") from error
    if done.stdout.strip() != RUNTIME:
        raise PackagingError(
            f"{interpreter} is {done.stdout.strip()}; packages for the cloud need {RUNTIME}:"
            " name such a Python, or build on a machine that has one"
        )


def install(requirements: Path, lock: Path, interpreter: Path, target: Path) -> None:
    """Install what `requirements` names, at the versions of `lock`, into `target`.

    Raises:
        PackagingError: it cannot be installed; the text is the installer's.
    """
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet"]
    command += ["--target", str(target), "--python", str(interpreter)]
    command += ["--requirement", str(requirements), "--constraint", str(lock)]
    done = subprocess.run(  # noqa: S603 - made of our own parts and the user's interpreter
        command, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PackagingError(f"{requirements} cannot be installed:\n{done.stderr.strip()}")


def installed_files(target: Path) -> dict[str, bytes]:
    """Every file below `target` by its name in the package, without caches and programs."""
    files = {}
    for path in target.rglob("*"):
        name = path.relative_to(target)
        if path.is_file() and not set(LEFT_OUT) & set(name.parts[:-1]):
            files[name.as_posix()] = path.read_bytes()
    return files
