"""A local cloud for one run: a process on a fresh folder, with an engine that takes no time.

`python -m scripts.bench.cloud --data DIR` is that process; `cloud_up` starts and ends it.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import quote

import oss2

ROOT: Final = Path(__file__).resolve().parents[2]
ENGINE: Final = (sys.executable, "-m", "scripts.bench.engine")
BESIDE: Final = "bench/"
"""Where peers put their pictures: no trigger looks there."""
QUIET: Final = 2.5
"""Seconds without a call after which a cloud is idle: longer than a poller lingers."""
URL_SECONDS: Final = 6 * 3600


class BenchError(Exception):
    """A run came to nothing; the text says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningCloud:
    """A local cloud as its users see it."""

    process: subprocess.Popen[str]
    description: Mapping[str, Any]

    @property
    def bucket(self) -> oss2.Bucket:
        """The bucket, through the vendor's SDK."""
        told = self.description
        auth = oss2.AuthV4(told["access_key_id"], told["access_key_secret"])
        return oss2.Bucket(auth, told["oss_endpoint"], told["bucket"], region=told["region"])

    def upload(self, name: str, data: bytes) -> str:
        """Put a photo under the upload prefix; its key."""
        key = str(self.description["upload_prefix"]) + name
        self.bucket.put_object(key, data)
        return key

    def signed(self, name: str, data: bytes) -> str:
        """Put a picture where no trigger looks; a URL by which the provider can read it."""
        bucket = self.bucket
        bucket.put_object(BESIDE + name, data)
        return str(bucket.sign_url("GET", BESIDE + name, URL_SECONDS, slash_safe=True))

    def configure(self, **change: Any) -> None:
        """Change how the provider behaves (`/_control/dashscope`)."""
        self._control("dashscope", change)

    def ledger(self) -> dict[str, Any]:
        """What the services saw."""
        found: dict[str, Any] = self._control("ledger")
        return found

    def ended(self) -> dict[str, dict[str, Any]]:
        """The last event about each upload's key, with `published`, the time of its publication."""
        topic = quote(self.description["mns_topic"])
        messages = self._control(f"messages?topic={topic}")["messages"]
        events = [{**json.loads(m["body"]), "published": m["publish_time"]} for m in messages]
        return {str(event["subject"]): event for event in events}

    def settle(self) -> None:
        """Wait until nothing has asked anything for a while. Raises BenchError."""
        seen: list[Any] = [None]

        def unchanged() -> bool:
            pause(QUIET)
            seen.append(self.ledger()["calls"])
            return bool(seen[-1] == seen[-2])

        until(unchanged, 60.0, lambda: "the cloud is not quiet")

    def wait_for(self, keys: Sequence[str], seconds: float) -> dict[str, dict[str, Any]]:
        """Wait until every upload is `done`; the events by key. Raises BenchError."""
        wanted = set(keys)
        until(
            lambda: wanted <= self.ended().keys(),
            seconds,
            lambda: f"{len(wanted - self.ended().keys())} of {len(wanted)} uploads have no end",
        )
        events = self.ended()
        if others := {events[k]["type"] for k in wanted} - {"maskline.job.done"}:
            raise BenchError(f"not all uploads are done: {', '.join(sorted(others))}")
        return events

    def _control(self, call: str, body: Any = None) -> Any:
        url = f"{self.description['control_url']}/_control/{call}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data)  # noqa: S310 - loopback, from the cloud itself
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
            return json.loads(answer.read() or b"null")


def until(holds: Callable[[], bool], seconds: float, otherwise: Callable[[], str]) -> None:
    """Wait for a condition, by the wall's clock. Raises BenchError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise BenchError(f"after {seconds:.0f} s {otherwise()}")
        pause(0.2)


def pause(seconds: float) -> None:
    """Let the wall's clock run: a bench measures real time."""
    time.sleep(seconds)


@contextmanager
def cloud_up(data: Path | None = None, **provider: Any) -> Iterator[RunningCloud]:
    """Start a cloud on *data*, else on a folder of its own; it is gone when the block ends.

    *provider* is how DashScope behaves. Raises BenchError where it does not start.
    """
    with TemporaryDirectory(prefix="maskline-bench-") as folder:
        running = _started(data or Path(folder) / "data", Path(folder) / "up.err")
        try:
            if provider:
                running.configure(**provider)
            yield running
        finally:
            _stopped(running.process)


def _started(data: Path, errors: Path) -> RunningCloud:
    command = [sys.executable, "-m", "scripts.bench.cloud", "--data", str(data)]
    with errors.open("w") as stderr:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True
        )
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        process.wait(20)
        raise BenchError(f"the local cloud did not start: {errors.read_text()[-500:]}")
    return RunningCloud(process=process, description=json.loads(line))


def _stopped(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(20)
    if process.stdout:
        process.stdout.close()


def main() -> int:
    """The process: serves until told to stop."""
    from scripts.localcloud.app import StartError, run

    parser = argparse.ArgumentParser(prog="python -m scripts.bench.cloud", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    data = parser.parse_args().data
    try:
        run(data, None, lambda told: print(json.dumps(told), flush=True), engine_command=ENGINE)
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
