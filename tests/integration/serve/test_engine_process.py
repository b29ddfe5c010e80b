"""`maskline engine serve` as a process: what it prints, how it ends, what a kill leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.integration.localcloud.conftest import free_port
from tests.integration.localcloud.dashscope_client import picture_server, read, until
from tests.integration.serve.engine_process import COMMAND, ROOT, served

PHOTO = ROOT / "scripts" / "samples" / "collins.jpg"


def test_a_kill_loses_nothing_and_sigterm_ends_it(tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    allow = ("--allow-address", "127.0.0.0/8", "--submit-qps", "50")
    with picture_server({"/a.jpg": PHOTO.read_bytes()}) as photos:
        with served(data, port, *allow) as server:
            tasks = [server.client.accepted(f"{photos}/a.jpg") for _ in range(3)]
            until(lambda: server.client.status(tasks[0]) == "RUNNING")
            os.kill(server.process.pid, signal.SIGKILL)
        with served(data, port, *allow) as server:
            ended = [server.client.ended(task)["output"] for task in tasks]

            assert [each["task_status"] for each in ended] == ["SUCCEEDED"] * 3
            assert read(ended[0]["output_image_url"])[1].startswith(b"\x89PNG")
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(20) == 0
    told = [json.loads(line) for line in (tmp_path / "requests.log").read_text().splitlines()]
    assert {"submit", "fetch", "task", "result"} <= {line["operation"] for line in told}
    assert not (data / "endpoints.json").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--host", "0.0.0.0"), "give an --api-key"),
        (("--host", "0.0.0.0", "--api-key", "short"), "at least 20 characters"),
        (("--allow-address", "10.0.0.1/8"), "--allow-address: 10.0.0.1/8 has host bits set"),
        (("--engine", "nonsense"), "the engine nonsense does not load"),
        (("--engine", "onnx:nowhere.onnx"), "does not load"),
    ],
)
def test_it_says_why_it_cannot_start(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    environment = {name: value for name, value in os.environ.items() if "MASKLINE" not in name}
    ended = subprocess.run(
        [*COMMAND, "--data", str(tmp_path), "--port", str(free_port()), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
