"""A local Tablestore or MNS in a process of its own, which may be killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from scripts.localcloud.core.context import Cloud, assemble
from scripts.localcloud.core.identity import load_identity
from scripts.localcloud.core.server import Service, serve
from scripts.localcloud.services.mns.service import MnsService
from scripts.localcloud.services.tablestore.service import TablestoreService
from tests.integration.localcloud.conftest import free_port

ROOT = Path(__file__).resolve().parents[3]
SERVICES: dict[str, type[TablestoreService | MnsService]] = {
    "tablestore": TablestoreService,
    "mns": MnsService,
}


async def _run(name: str, data_dir: Path, port: int) -> None:
    cloud = assemble(data_dir, load_identity(data_dir))
    cloud.endpoints[name] = f"http://127.0.0.1:{port}"
    service: Service = SERVICES[name](cloud)
    await service.start()
    await serve(
        service, "127.0.0.1", port, faults=cloud.faults, calls=cloud.calls, clock=cloud.clock
    )
    print("ready", flush=True)
    await asyncio.Event().wait()


class ServiceProcess:
    """The process. `cloud` is what clients need to know of it: keys and endpoint."""

    def __init__(self, name: str, cloud: Cloud) -> None:
        self._name, self.cloud = name, cloud
        self._port = free_port()
        self._process: subprocess.Popen[str] | None = None
        cloud.endpoints[name] = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = [sys.executable, __file__, self._name, str(self.cloud.data_dir), str(self._port)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        """SIGKILL, if it runs."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.communicate()
            self._process = None


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
