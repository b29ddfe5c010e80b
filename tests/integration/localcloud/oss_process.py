"""A local OSS in a process of its own, which may be killed and started again on its data."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import oss2

from scripts.localcloud.core.context import assemble
from scripts.localcloud.core.identity import load_identity
from scripts.localcloud.core.server import serve
from scripts.localcloud.services.oss.service import OssService

ROOT = Path(__file__).resolve().parents[3]
DEADLINE = 20.0
MIB = 2**20


async def _run(data_dir: Path, port: int, *, deaf: bool) -> None:
    """Serve for ever; heard events go to a file, or nowhere at all when `deaf`."""
    cloud = assemble(data_dir, load_identity(data_dir))
    cloud.endpoints["oss"] = f"http://127.0.0.1:{port}"

    async def take(message: dict[str, Any]) -> None:
        if deaf:
            await asyncio.Event().wait()
        with (data_dir / "heard.jsonl").open("a") as file:
            file.write(json.dumps(message["record"]) + "\n")

    cloud.bus.subscribe("oss.object-created", take)
    service = OssService(cloud)
    await service.start()
    await serve(
        service, "127.0.0.1", port, faults=cloud.faults, calls=cloud.calls, clock=cloud.clock
    )
    print("ready", flush=True)
    await asyncio.Event().wait()


class Server:
    """The process, which may be killed and started again on the same data."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.identity = load_identity(data_dir)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.process: subprocess.Popen[str] | None = None

    def start(self, *, deaf: bool = False) -> None:
        command = [sys.executable, __file__, str(self.data_dir), str(self.port), str(int(deaf))]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.communicate()
            self.process = None

    def bucket(self, session: oss2.Session | None = None) -> oss2.Bucket:
        who = self.identity
        return oss2.Bucket(
            oss2.AuthV4(who.access_key_id, who.access_key_secret),
            f"http://127.0.0.1:{self.port}",
            who.bucket,
            session=session or oss2.Session(),
            region=who.region,
            connect_timeout=10,
        )

    def heard(self) -> list[dict[str, Any]]:
        path = self.data_dir / "heard.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def stored_files(self) -> list[Path]:
        return [path for path in (self.data_dir / "oss").rglob("*") if path.is_file()]

    def highest_memory(self) -> int:
        """Bytes of resident memory at the peak."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024


def until(holds: Callable[[], bool]) -> None:
    """Poll until it holds."""
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1]), int(sys.argv[2]), deaf=sys.argv[3] == "1"))
