"""A function instance seen from outside: a child process, asked over a socket, watched, killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from scripts.localcloud.services.fc.logs import TAIL, FunctionLog
from scripts.localcloud.services.fc.specification import (
    UNHANDLED,
    FunctionSpecification,
    Outcome,
    failure,
)

RUNNER: Final = Path(__file__).with_name("runner.py")
PROJECT: Final = Path(__file__).resolve().parents[4]
LENGTHS: Final = struct.Struct(">II")
WATCH_SECONDS: Final = 0.25
LOG_PATIENCE: Final = 0.5
"""Seconds to wait for the last lines of a run whose log somebody asked for."""
INHERITED: Final = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
GONE: Final = (ConnectionError, asyncio.IncompleteReadError)
"""How the end of the process shows on its socket."""
MEGABYTE: Final = 1024 * 1024


class Instance:
    """A process that serves one invocation at a time."""

    def __init__(
        self,
        specification: FunctionSpecification,
        process: asyncio.subprocess.Process,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        log: FunctionLog,
    ) -> None:
        self.specification = specification
        self.idle_since = time.monotonic()
        self._process = process
        self._reader, self._writer = streams
        self._log = log
        self._initialized = False
        self._killed = False
        self._doom = ""
        self._peak = 0.0
        self._tail: deque[bytes] = deque()
        self._ended = asyncio.Event()
        self._request_id = ""
        self._copier = asyncio.ensure_future(self._copy_log())

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        if self._killed or self._reader.at_eof():
            return False
        return self._process.returncode is None

    @property
    def process_id(self) -> int:
        """Its process, for whoever looks from outside."""
        return self._process.pid

    async def invoke(self, event: bytes, context: dict[str, Any], *, want_log: bool) -> Outcome:
        """Run the handler once; never raises for what the function does. `context` is complete."""
        begun = time.monotonic()
        self._peak, self._doom, self._request_id = 0.0, "", str(context["request_id"])
        self._tail.clear()
        self._ended.clear()
        watcher = asyncio.ensure_future(self._watch_memory())
        try:
            outcome = await self._run(event, context, begun)
        except asyncio.CancelledError:
            self.kill_now()  # its answer would be taken for the next one's
            raise
        finally:
            watcher.cancel()
        self._peak = max(self._peak, resident_megabytes(self._process.pid))
        if want_log:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._ended.wait(), LOG_PATIENCE)
        self.idle_since = time.monotonic()
        seconds = time.monotonic() - begun
        tail = b"\n".join(self._tail)[-TAIL:]
        return replace(outcome, seconds=seconds, memory=self._peak, log_tail=tail)

    async def prepare(self, context: dict[str, Any]) -> Outcome:
        """Load the handler and run the initializer, once; a failure ends the instance."""
        if self._initialized:
            return Outcome(body=b"")
        begun, spec = time.monotonic(), self.specification
        start = {"handler": spec.handler, "initializer": spec.initializer}
        head = {"kind": "initialize", "context": context, **start}
        try:
            started = await self._ask(head, b"", spec.initialization_timeout)
        except GONE:
            return await self._died(begun)
        self._initialized = started.ok
        if not started.ok:
            await self.kill()
        return started

    async def _run(self, event: bytes, context: dict[str, Any], begun: float) -> Outcome:
        started = await self.prepare(context)
        if not started.ok:
            return started
        try:
            head = {"kind": "invoke", "context": context}
            return await self._ask(head, event, self.specification.timeout)
        except GONE:
            return await self._died(begun)

    async def _ask(self, head: dict[str, Any], body: bytes, limit: float) -> Outcome:
        text = json.dumps(head).encode()
        self._writer.write(LENGTHS.pack(len(text), len(body)) + text + body)
        try:
            answer, result = await asyncio.wait_for(self._read_frame(), limit)
        except asyncio.TimeoutError:
            await self.kill()
            return failure(
                f"Function timed out after {limit:g} seconds (maxMemoryUsage: {self._peak:.2f}MB)",
                "FunctionTimeout",
            )
        return Outcome(body=result, error_type=None if answer["ok"] else UNHANDLED)

    async def _read_frame(self) -> tuple[dict[str, Any], bytes]:
        await self._writer.drain()
        sizes = LENGTHS.unpack(await self._reader.readexactly(LENGTHS.size))
        head = await self._reader.readexactly(sizes[0])
        return json.loads(head), await self._reader.readexactly(sizes[1])

    async def _died(self, begun: float) -> Outcome:
        await self.kill()
        if self._doom:
            return failure(self._doom, "FunctionOutOfMemory")
        duration = (time.monotonic() - begun) * 1000
        return failure(
            "Process exited unexpectedly before completing request"
            f" (duration: {duration:.0f}ms, maxMemoryUsage: {self._peak:.0f}MB)"
        )

    async def kill(self) -> None:
        """End it and whatever it started, and return when it is gone."""
        self.kill_now()
        await self._process.wait()
        self._writer.close()
        # A grandchild in a session of its own may hold the pipe open.
        await asyncio.wait([self._copier], timeout=LOG_PATIENCE)
        self._copier.cancel()

    def kill_now(self) -> None:
        """SIGKILL to its process group; what it was doing counts as a function error."""
        self._killed = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _watch_memory(self) -> None:
        while True:
            used = resident_megabytes(self._process.pid)
            self._peak = max(self._peak, used)
            if used > self.specification.memory:
                self._doom = (
                    f"Function instance ran out of memory (limit: {self.specification.memory}MB,"
                    f" maxMemoryUsage: {used:.0f}MB)"
                )
                self.kill_now()
            await asyncio.sleep(WATCH_SECONDS)

    async def _copy_log(self) -> None:
        output = self._process.stdout
        assert output is not None  # noqa: S101 - spawned with a pipe
        while line := await _read_line(output):
            self._log.write(line)
            self._tail.append(line.rstrip(b"\n"))
            while sum(map(len, self._tail)) > TAIL + len(self._tail[0]):
                self._tail.popleft()
            if line.startswith(b"FC Invoke End RequestId: " + self._request_id.encode()):
                self._ended.set()
        self._ended.set()


async def _read_line(output: asyncio.StreamReader) -> bytes:
    try:
        return await output.readline()
    except ValueError:  # longer than the stream's limit: take it in pieces
        return await output.read(64 * 1024)


def resident_megabytes(process_id: int) -> float:
    """What the process holds in memory; 0 where the system does not tell or it has ended."""
    try:
        pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


async def start_instance(
    specification: FunctionSpecification, environment: Mapping[str, str], log: FunctionLog
) -> Instance:
    """Spawn the process. Its handler is loaded with the first invocation."""
    ours, theirs = socket.socketpair()
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-X", "utf8", str(RUNNER)),
            *(str(theirs.fileno()), str(os.getpid()), str(specification.code_dir), str(PROJECT)),
            env={**kept, "TZ": "UTC", **environment},
            cwd=specification.code_dir,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    streams = await asyncio.open_connection(sock=ours)
    return Instance(specification, process, streams, log)
