"""The dependency rule is kept, planted violations are caught, and imports stay light."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(LINTER), "--no-cache", "--config", str(folder / "pyproject.toml")]
    environment = {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("shared", "functions", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("shared/domain/policy.py", "import shared.ports.clock", "2. Inside shared"),
        ("shared/domain/keys.py", "import time", "3. The core does no I/O"),
        ("shared/usecases/journal.py", "import httpx", "3. The core does no I/O"),
        ("shared/adapters/oss/store.py", "import shared.adapters.fc.invoker", "4. Adapters"),
        ("scripts/package/build.py", "import oss2", "5. Every third-party client"),
        ("functions/submit/handler.py", "import shared.domain.job", "6. Handlers"),
        ("functions/submit/handler.py", "import functions.poller.handler", "7. Functions"),
        ("shared/bootstrap/submit.py", "import shared.bootstrap.poller", "8. Composition"),
        ("scripts/package/build.py", "import shared.adapters.fc.invoker", "9. Only bootstrap"),
        ("scripts/localcloud/core/bus.py", "import shared.domain.job", "10. The local cloud"),
        (
            "scripts/localcloud/services/oss/service.py",
            "import scripts.localcloud.services.mns.service",
            "11. Services",
        ),
        ("scripts/engine/__init__.py", "import shared.domain.job", "12. The engine"),
    ],
)
def test_a_planted_violation_is_caught(copy: Path, module: str, line: str, contract: str) -> None:
    path = copy / module
    path.write_text(path.read_text() + f"\n{line}\n")

    verdict = lint(copy)

    assert verdict.returncode != 0
    broken = [text for text in verdict.stdout.splitlines() if "BROKEN" in text or contract in text]
    assert any(contract in text for text in broken), verdict.stdout


def imported_by(*modules: str) -> set[str]:
    program = (
        f"import json, sys; import {', '.join(modules)}; print(json.dumps(sorted(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(answer.stdout)}


def test_the_core_imports_nothing_but_the_standard_library() -> None:
    heavy = {"pydantic", "numpy", "PIL", "httpx", "oss2", "tablestore", "fc2", "mns"}

    assert imported_by("shared.domain.machine") & heavy == set()
    assert imported_by("shared.domain.gate") & heavy == set()


def test_the_border_imports_pydantic_and_no_vendor() -> None:
    vendors = {"numpy", "PIL", "oss2", "tablestore", "fc2", "mns", "httpx", "cv2"}

    assert imported_by("shared.wire.oss_event") & vendors == set()


VENDORS = {"numpy", "PIL", "isal", "oss2", "tablestore", "fc2", "mns", "httpx", "cv2"}


@pytest.mark.parametrize("function", ["submit", "poller", "finalizer"])
def test_importing_a_handler_loads_no_vendor(function: str) -> None:
    assert imported_by(f"functions.{function}.handler") & VENDORS == set()


@pytest.mark.parametrize("function", ["submit", "poller"])
def test_submit_and_poller_bring_no_picture_library(function: str) -> None:
    loaded = imported_by("shared.bootstrap._parts", f"functions.{function}.handler")

    assert loaded & {"PIL", "isal", "pillow_heif", "cv2"} == set()


def test_the_command_line_starts_light() -> None:
    heavy = {"numpy", "PIL", "oss2", "tablestore", "fc2", "cv2", "aiohttp", "onnxruntime"}

    assert imported_by("scripts.__main__") & heavy == set()


def test_the_local_cloud_starts_with_its_server_alone() -> None:
    """Half of a start was vendors' SDKs, half of its memory too: neither is any use to it."""
    loaded = imported_by("scripts.__main__", "scripts.cli.up", "scripts.localcloud.app")

    assert loaded & ((VENDORS - {"PIL"}) | {"onnxruntime", "grimp", "rich", "jinja2"}) == set()
