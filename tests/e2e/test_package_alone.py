"""A package works where nothing of the project is at hand but the package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts.package.build import build

IMPORT_EVERYTHING = """
import importlib, json, sys
from pathlib import Path

root = Path.cwd()
sys.meta_path[:] = [f for f in sys.meta_path if not f.__module__.startswith("__editable__")]
sys.path.insert(0, str(root))
names = sorted(
    ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    for path in root.rglob("*.py")
)
for name in names:
    importlib.import_module(name)
own = [m for n, m in sys.modules.items() if n.partition(".")[0] in ("shared", "functions")]
print(json.dumps({
    "imported": len(names),
    "strays": [m.__name__ for m in own if not str(m.__file__).startswith(str(root))],
    "tests": [n for n in sys.modules if n.startswith(("scripts", "tests"))],
}))
"""
FUNCTIONS = ("submit", "poller", "finalizer")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build(tmp_path_factory.mktemp("build"))


def run_in(package: Path, folder: Path, program: str) -> object:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_module_of_a_package_imports_from_the_package(
    function: str, built: dict[str, Path], tmp_path: Path
) -> None:
    told = run_in(built[function], tmp_path, IMPORT_EVERYTHING)
    assert isinstance(told, dict)
    assert told["imported"] > 50
    assert (told["strays"], told["tests"]) == ([], [])


def test_command_builds_and_says_where(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts", "package", "--own-code", "--json"]
    done = subprocess.run([*command, "--out", str(tmp_path)], capture_output=True, check=True)

    found = {p["function"]: p["path"] for p in json.loads(done.stdout)["packages"]}
    assert found == {name: str(tmp_path / f"{name}.zip") for name in sorted(FUNCTIONS)}


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_packages_for_the_cloud_are_equal_whoever_builds_them(tmp_path: Path) -> None:
    """Another folder, umask, locale and hash seed; each is tried alone where its Python is here."""
    told = []
    for place, umask, locale in (("one", 0o022, "C"), ("two/deeper", 0o077, "zh_CN.UTF-8")):
        command = [sys.executable, "-m", "scripts", "package", "--json"]
        done = subprocess.run(
            [*command, "--out", str(tmp_path / place)],
            env={**os.environ, "LC_ALL": locale, "PYTHONHASHSEED": str(umask)},
            umask=umask,
            capture_output=True,
            check=True,
        )
        told.append(json.loads(done.stdout)["packages"])

    for one, other in zip(*told, strict=True):
        assert one["sha256"] == other["sha256"]
        assert Path(one["path"]).read_bytes() == Path(other["path"]).read_bytes()
        assert one["every_region"]
        assert one["packed_bytes"] < one["unpacked_bytes"] < 250_000_000
        assert (one["modules_imported"] or 200) > 100
