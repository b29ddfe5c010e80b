"""`maskline up --json` as a process, and a client of it that shares nothing with our own code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import oss2

ROOT = Path(__file__).parents[2]


@dataclass
class CloudProcess:
    """A running local cloud, as any program sees it: the JSON line, and vendors' clients."""

    process: subprocess.Popen[str]
    description: Mapping[str, Any]

    @property
    def bucket(self) -> oss2.Bucket:
        d = self.description
        auth = oss2.AuthV4(d["access_key_id"], d["access_key_secret"])
        return oss2.Bucket(auth, d["oss_endpoint"], d["bucket"], region=d["region"])

    def put(self, name: str, data: bytes) -> str:
        key: str = self.description["upload_prefix"] + name
        self.bucket.put_object(key, data)
        return key

    def control(self, path: str, body: Any = None, *, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            self.description["control_url"] + path, data=data, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
            text = answer.read()
        return json.loads(text) if text else None

    def events(self) -> list[dict[str, Any]]:
        topic = quote(self.description["mns_topic"])
        messages = self.control(f"/_control/messages?topic={topic}")["messages"]
        return [{**json.loads(m["body"]), "published": m["publish_time"]} for m in messages]

    def ended(self) -> dict[str, dict[str, Any]]:
        """The last event about each upload."""
        return {event["subject"]: event for event in self.events()}

    def wait_for(self, keys: list[str], seconds: float) -> dict[str, dict[str, Any]]:
        def all_ended() -> bool:
            return set(keys) <= set(self.ended())

        until(all_ended, seconds, lambda: f"{set(keys) - set(self.ended())} have no end")
        return self.ended()

    def ledger(self) -> dict[str, Any]:
        ledger: dict[str, Any] = self.control("/_control/ledger")
        return ledger

    def maskline(self, *arguments: str, project: Path = ROOT) -> subprocess.CompletedProcess[str]:
        """Our own command line against this cloud, as it stands in a copy of the project."""
        command = [sys.executable, "-m", "scripts", *arguments]
        environment = {**os.environ, "MASKLINE_DATA": self.description["data_dir"]}
        return subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, check=False
        )

    def kill(self) -> None:
        """Pull the plug, of all that `up` has started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def stop(self) -> None:
        """Ask it to end, as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


def until(holds: Callable[[], bool], seconds: float, otherwise: Callable[[], str]) -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.05)


def started(data: Path, *options: str) -> CloudProcess:
    """A local cloud on a data folder, in a process group of its own; `stop` it in the end."""
    command = [sys.executable, "-m", "scripts", "up", "--data", str(data), "--json", *options]
    return launched(command, data.parent / "up.err")


def launched(command: list[str], errors: Path) -> CloudProcess:
    """The same by any program that tells its description in a line of JSON."""
    with errors.open("a") as stderr:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
    assert process.stdout is not None
    with process.stdout:
        line = process.stdout.readline()
    assert line, errors.read_text()
    return CloudProcess(process=process, description=json.loads(line))


@contextmanager
def cloud_up(data: Path, *options: str) -> Iterator[CloudProcess]:
    """Start the local cloud on a data folder; it is gone when the block ends."""
    running = started(data, *options)
    try:
        yield running
    finally:
        running.stop()


def most_at_once(tasks: list[dict[str, Any]]) -> int:
    """How many tasks the provider worked on at the same moment, at most."""
    moments = [(t["start_time"], 1) for t in tasks if t["start_time"]]
    moments += [(t["end_time"], -1) for t in tasks if t["end_time"]]
    running, most = 0, 0
    for _, step in sorted(moments):
        running += step
        most = max(most, running)
    return most


def paid_per_upload(ledger: Mapping[str, Any]) -> Counter[str]:
    """Billed tasks by the pinned copy's job."""
    billed: Counter[str] = Counter()
    for task in ledger["tasks"]:
        job = task["image_url"].partition("pins/")[2].partition("-")[0]
        billed[job] += int(task["billed"])
    return billed
