"""Each package is tried alone: every module of ours imported by a clean interpreter of its runtime.

Clean: nothing of this environment and nothing of that interpreter's site-packages is seen.
"""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from scripts.package.closure import PackagingError
from scripts.package.runtimes import Runtime

ASK: Final = (
    "import platform, sys;"
    "print('{}.{}'.format(*sys.version_info), sys.platform, platform.machine())"
)
IMPORT_EVERYTHING: Final = """
import importlib, sys
from pathlib import Path
root = Path.cwd()
sys.path.insert(0, str(root))
own = sorted([*root.glob("shared/**/*.py"), *root.glob("functions/**/*.py")])
names = [".".join(path.relative_to(root).with_suffix("").parts) for path in own]
for name in names:
    importlib.import_module(name.removesuffix(".__init__"))
print(len(names))
"""


def interpreter_of(runtime: Runtime, environment: Mapping[str, str]) -> Path | None:
    """A Python of the runtime's version and platform on this machine, if there is one."""
    return next((path for path in _candidates(runtime, environment) if fits(path, runtime)), None)


def fits(interpreter: Path, runtime: Runtime) -> bool:
    """Whether it runs, and is what the runtime is."""
    try:
        done = subprocess.run(  # noqa: S603 - an interpreter, asked who it is
            [str(interpreter), "-I", "-c", ASK], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return done.stdout.strip() == runtime.platform


def imports_alone(package: Path, interpreter: Path) -> int:
    """How many modules of ours were imported from the package and from nothing else.

    Raises:
        PackagingError: one of them cannot be; the text is the interpreter's last words.
    """
    with TemporaryDirectory() as folder, zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
        done = subprocess.run(  # noqa: S603 - as above
            [str(interpreter), "-I", "-S", "-B", "-c", IMPORT_EVERYTHING],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        last = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise PackagingError(f"{package} does not run by itself:\n{last}")
    return int(done.stdout)


def _candidates(runtime: Runtime, environment: Mapping[str, str]) -> Iterator[Path]:
    """On the path, and where the usual managers of versions put them."""
    program = f"python{runtime.python}"
    for folder in environment.get("PATH", "").split(os.pathsep):
        yield Path(folder, program)
    home = Path(environment.get("HOME", "/"))
    yield from sorted(
        Path(environment.get("PYENV_ROOT", home / ".pyenv")).glob(
            f"versions/{runtime.python}.*/bin/{program}"
        )
    )
    yield from sorted((home / ".local/share/uv/python").glob(f"*-{runtime.python}.*/bin/{program}"))
