"""One local cloud for all npm clients, and what their suites say, file by file."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.clients.reports import Outcome, read_report
from tests.e2e.cloud_process import started

HERE = Path(__file__).parent
Report = Callable[[str], dict[str, Outcome]]


def _node() -> str:
    """Node with the clients; without them a laptop skips, and CI, which installs them, fails."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / ".maskline-clients").exists():
        pytest.skip("the npm clients are not installed: run make test-clients")
    return node


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An empty account's description."""
    cloud = started(tmp_path_factory.mktemp("clients") / "cloud", "--empty")
    try:
        yield dict(cloud.description)
    finally:
        cloud.stop()


@pytest.fixture(scope="session")
def environment(request: pytest.FixtureRequest) -> dict[str, str]:
    """The account, a picture and a function's package, for Node to read."""
    _node()  # before anything is started for it
    return {
        **os.environ,
        "MASKLINE_CLOUD": json.dumps(request.getfixturevalue("account")),
        "MASKLINE_PICTURE": base64.b64encode(_picture()).decode(),
        "MASKLINE_FUNCTION": base64.b64encode(_package()).decode(),
    }


@pytest.fixture(scope="session")
def report(environment: dict[str, str]) -> Report:
    """`report(file)` runs a suite, once, and answers its tests' outcomes by name."""
    known: dict[str, dict[str, Outcome]] = {}

    def run(file: str) -> dict[str, Outcome]:
        if file not in known:
            command = [_node(), "--test-reporter=tap", file]
            done = subprocess.run(
                command,
                cwd=HERE,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=240,
            )
            known[file] = read_report(done.stdout)
            if done.returncode and all(one.passed for one in known[file].values()):
                known[file][""] = Outcome(passed=False, told=done.stdout[-3000:] + done.stderr)
        return known[file]

    return run


def _picture() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((64, 48), 50).convert("RGB").save(file, "PNG")
    return file.getvalue()


def _package() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.write(HERE / "function.py", "index.py")
    return file.getvalue()
