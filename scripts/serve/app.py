"""The server as one process: the local cloud's DashScope over its own folder, without a test bench.

Nothing acknowledged is lost by a kill: tasks are rows before they are answered, what ran runs again
at the next start, and a result is on disk before its task is called done.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from scripts.localcloud.core.calls import CallCounter
from scripts.localcloud.core.connection import Manners
from scripts.localcloud.core.context import Cloud, assemble
from scripts.localcloud.core.faults import FaultPlan
from scripts.localcloud.core.identity import load_identity, with_ports
from scripts.localcloud.core.running import serve_until_told
from scripts.localcloud.core.server import Front, PortTakenError, listen
from scripts.localcloud.folder import (
    DataFolder,
    FolderInUseError,
    FolderUnusableError,
    reading_state,
)
from scripts.localcloud.services.dashscope.service import (
    ENGINE_COMMAND,
    PROJECT,
    DashScopeService,
)
from scripts.localcloud.services.dashscope.terms import Terms
from scripts.localcloud.services.dashscope.work import ENGINE_MODELS
from scripts.serve.downloads import GuardedDownloads
from scripts.serve.options import OptionError, Options
from scripts.serve.requests_log import Write, logged, malformed_entry, task_entry, write_line
from shared.transport.addresses import AddressPolicy

MANNERS = Manners(patience=60.0, connections=512, longest_line=16 * 1024)
WORKER_MEMORY = 1024**3
"""Bytes that an engine worker may keep between two tasks."""
TRIAL = 120.0
"""Seconds for an engine to load."""


class ListenError(Exception):
    """The address cannot be listened on."""


class EngineUnusableError(Exception):
    """The engine does not load; the text is its own."""


StartError = (
    EngineUnusableError,
    FolderInUseError,
    FolderUnusableError,
    ListenError,
    OptionError,
)
"""What keeps a server from starting, each with a text for its user."""


class Serving:
    """A DashScope server over one data folder."""

    def __init__(
        self,
        options: Options,
        *,
        engine_command: Sequence[str] = ENGINE_COMMAND,
        write: Write = write_line,
        manners: Manners = MANNERS,
    ) -> None:
        self._manners = manners
        self._options = options
        self._engine_command = engine_command
        self._write = write
        self._endings = contextlib.AsyncExitStack()
        self._description: dict[str, Any] = {}

    async def start(self) -> None:
        """Start serving; on an error nothing is left running.

        Raises:
            One of StartError.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Answer no more, interrupt what runs, and let the folder go."""
        await self._endings.aclose()

    def description(self) -> dict[str, Any]:
        """How to point a client at it; the key only where the server made it itself."""
        return dict(self._description)

    async def _start(self) -> None:
        options = self._options.checked()
        await asyncio.to_thread(try_engine, self._engine_command, options.engine)
        folder = DataFolder(options.data, holder="an engine server")
        self._endings.callback(folder.release)
        with reading_state(folder.path):
            identity = with_ports(load_identity(folder.path), {"dashscope": options.port})
            cloud = assemble(folder.path, identity)
            self._endings.callback(cloud.close)
            service = self._service(cloud)
            service.configure({**asdict(options.limits), "service_time": 0, "outcomes": []})
        self._endings.push_async_callback(service.stop)
        await service.start()
        await self._listen(cloud, service)
        self._description = _described(options, cloud)

    def _service(self, cloud: Cloud) -> DashScopeService:
        options = self._options
        terms = Terms(
            keys=options.keys or None,
            models=ENGINE_MODELS,
            endpoint=options.reached_at(),
            lifetime=options.keep_hours * 3600,
            forgets=True,
            streams=True,
            most_bytes=int(options.most_gigabytes * 10**9),
            most_worker_memory=WORKER_MEMORY,
        )
        return DashScopeService(
            cloud,
            engine_command=(*self._engine_command, "--engine", options.engine),
            workers=options.limits.concurrency,
            terms=terms,
            downloads=GuardedDownloads(AddressPolicy(allowed=options.allowed)),
            told=lambda end: self._write(task_entry(end)),
        )

    async def _listen(self, cloud: Cloud, service: DashScopeService) -> None:
        options, now = self._options, cloud.clock.now
        front = Front(
            service=service,
            faults=FaultPlan(),
            calls=CallCounter(cloud.data_dir / "calls.json"),
            clock=cloud.clock,
        )

        def refuse(request: Any) -> Any:
            self._write(malformed_entry(request, now()))
            return front.refuse(request)

        treat = logged(front.treat, service.operation, now, self._write)
        try:
            runner = await listen(
                treat,
                options.host,
                options.port,
                name="engine",
                manners=self._manners,
                refuse=refuse,
            )
        except PortTakenError as error:
            raise ListenError(
                f"cannot listen on {options.origin()} ({error.__cause__}); choose another --host"
                " or --port"
            ) from error
        self._endings.push_async_callback(runner.cleanup)


def _described(options: Options, cloud: Cloud) -> dict[str, Any]:
    reached_at = options.reached_at()
    return {
        "dashscope_base_url": f"{reached_at}/api/v1",
        "dashscope_result_hosts": urlsplit(reached_at).hostname,
        "dashscope_api_key": None if options.keys else cloud.identity.dashscope_api_key,
        "listening": options.origin(),
        "engine": options.engine,
        "limits": asdict(options.limits),
        "data_dir": str(cloud.data_dir),
    }


def try_engine(command: Sequence[str], engine: str) -> None:
    """Load the engine once, in a process of its own, before tasks depend on it.

    Raises:
        EngineUnusableError: it does not load.
    """
    trial = subprocess.run(  # noqa: S603 - our own worker
        [*command, "--engine", engine],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TRIAL,
        check=False,
    )
    if trial.returncode != 0:
        lines = trial.stderr.strip().splitlines() or [f"it ended with {trial.returncode}"]
        raise EngineUnusableError(f"the engine {engine} does not load: {lines[-1]}")


def run(options: Options, on_ready: Callable[[dict[str, Any]], None]) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP.

    Raises:
        One of StartError: the text is for the user.
    """
    asyncio.run(serve_until_told(Serving(options), on_ready))
