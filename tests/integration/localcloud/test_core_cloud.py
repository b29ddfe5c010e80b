"""The whole local cloud as a process: started, found, refused, stopped, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.localcloud.dashscope_client import Client, read, until

FIELDS = {
    "account_id",
    "oss_endpoint",
    "bucket",
    "upload_prefix",
    "results_prefix",
    "region",
    "access_key_id",
    "access_key_secret",
    "fc_endpoint",
    "fc_service",
    "tablestore_endpoint",
    "tablestore_instance",
    "mns_endpoint",
    "mns_topic",
    "dashscope_base_url",
    "dashscope_api_key",
    "control_url",
    "data_dir",
}
SERVICES = ("oss", "fc", "tablestore", "mns")
Start = Callable[..., "Running"]


class Running:
    """A local cloud in a process of its own."""

    def __init__(self, data_dir: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "scripts.localcloud.app", "--data", str(data_dir)]
        self.process = subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def described(self) -> dict[str, Any]:
        """The line that it prints once everything answers."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate(timeout=10)[1]
        description: dict[str, Any] = json.loads(line)
        return description

    def ended(self) -> tuple[int, str]:
        """Exit code and stderr."""
        stderr = self.process.communicate(timeout=20)[1]
        return self.process.returncode, stderr

    def signalled(self, number: int) -> tuple[float, int, str]:
        """Seconds from the signal to the end, exit code, stderr."""
        began = time.monotonic()
        self.process.send_signal(number)
        code, stderr = self.ended()
        return time.monotonic() - began, code, stderr


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Running] = []

    def begin(*arguments: str) -> Running:
        running.append(Running(tmp_path / "data", *arguments))
        return running[-1]

    yield begin
    for each in running:
        if each.process.poll() is None:
            os.killpg(each.process.pid, signal.SIGKILL)
        each.process.communicate(timeout=10)


def children_of(pid: int) -> list[int]:
    """Descendants by /proc, the zombies left out."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            fields = _stat(entry)
            if fields and fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found: list[int] = []
    generation = {pid}
    while generation:
        generation = {child for child, parent in parents.items() if parent in generation}
        found.extend(generation)
    return found


def _stat(entry: Path) -> list[str]:
    try:
        return (entry / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _account(description: dict[str, Any]) -> dict[str, Any]:
    """A description without what is new with each start: the deployment's name."""
    environment = {**description["environment"], "MASKLINE_DEPLOYMENT": ""}
    return {**description, "environment": environment}


def test_it_starts_is_found_and_stops_cleanly(start: Start, tmp_path: Path) -> None:
    cloud = start()
    description = cloud.described()
    notice = tmp_path / "data" / "endpoints.json"
    found = json.loads(notice.read_text())
    answers = [read(description[f"{name}_endpoint"])[0] for name in SERVICES]
    ledger = read(description["control_url"] + "/_control/ledger")[0]
    took, code, stderr = cloud.signalled(signal.SIGTERM)

    assert set(description) >= FIELDS
    assert found == {**description, "pid": cloud.process.pid}
    assert notice.parent.stat().st_mode & 0o077 == 0
    assert all(400 <= status < 500 for status in answers)  # they answer, and ask who is there
    assert ledger == 200
    assert (code, stderr) == (0, "")
    assert took < 3
    assert not notice.exists()


def test_a_second_one_on_the_folder_is_refused_and_a_restart_is_the_same_account(
    start: Start, tmp_path: Path
) -> None:
    first = start()
    description = first.described()
    second = start().ended()
    still = read(description["control_url"] + "/_control/ledger")[0]
    first.signalled(signal.SIGINT)
    again = start().described()

    assert second[0] == 1
    assert f"process {first.process.pid}" in second[1]
    assert "--data" in second[1]
    assert "Traceback" not in second[1]
    assert still == 200
    assert _account(again) == _account(description)


def test_a_taken_port_is_named(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, stderr = start("--port-base", str(port - 2)).ended()

    assert code == 1
    assert f"port {port} for tablestore is taken" in stderr
    assert "Traceback" not in stderr


@pytest.mark.parametrize("name", ["identity.json", "oss.sqlite3", "clock.json"])
def test_damaged_state_is_said_and_nothing_is_left_running(
    start: Start, tmp_path: Path, name: str
) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / name).write_text("no such thing")
    code, stderr = start().ended()

    assert code == 1
    assert "--data" in stderr
    assert "Traceback" not in stderr
    assert not (data_dir / "endpoints.json").exists()


def test_a_folder_that_cannot_be_made_is_said(start: Start, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    code, stderr = start().ended()

    assert code == 1
    assert f"{tmp_path / 'data'} cannot be used" in stderr
    assert "Traceback" not in stderr


def test_a_killed_cloud_leaves_no_process_and_goes_on_where_it_was(start: Start) -> None:
    killed = start()
    description = killed.described()
    control = description["control_url"] + "/_control"
    dashscope = description["dashscope_base_url"].removesuffix("/api/v1")
    client = Client(dashscope, description["dashscope_api_key"])
    lost = {"service": "dashscope", "operation": "submit", "fault": "drop-after"}
    _control(control, "dashscope", {"service_time": 60})
    _control(control, "clock", {"advance": 1000})
    _control(control, "faults", lost)
    with pytest.raises((ConnectionError, OSError)):
        client.submit(description["oss_endpoint"] + "/none", model="any")
    until(lambda: _tasks(control)[0]["state"] == "RUNNING")
    until(lambda: children_of(killed.process.pid))  # the poller's first tick has an instance
    children = children_of(killed.process.pid)
    time.sleep(1.2)  # call counts are written every second
    killed.signalled(signal.SIGKILL)
    until(lambda: not [pid for pid in children if _runs(pid)])
    started = start()
    again = started.described()
    task = _tasks(control)[0]
    ledger = json.loads(read(control + "/ledger")[1])

    assert _account(again) == _account(description)
    assert task["state"] == "RUNNING"
    assert ledger["calls"]["dashscope"]["submit"] == 1
    assert client.submit("http://127.0.0.1:9/", model="other")[0] == 200  # faults are gone
    _control(control, "clock", {"advance": 61})
    until(lambda: _tasks(control)[0]["state"] == "FAILED")
    assert float(Path(again["clock_offset_file"]).read_text()) == 1061


def _runs(pid: int) -> bool:
    fields = _stat(Path(f"/proc/{pid}"))
    return bool(fields) and fields[0] != "Z"


def _control(control: str, call: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(f"{control}/{call}", json.dumps(body).encode())  # noqa: S310 - loopback
    assert read(request)[0] in {200, 204}


def _tasks(control: str) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = json.loads(read(control + "/ledger")[1])["tasks"]
    return tasks
