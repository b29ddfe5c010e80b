"""The engine as worker processes: started when first needed, spoken to on stdin and stdout.

A request is one JSON line, `{"model", "parameters", "inputs": {name: length}}`, and the inputs'
bytes in that order; the answer is `{"ok": true, "outputs": {name: length}}` and bytes, or
`{"ok": false, "code", "message"}`. A worker that breaks this, or dies, fails the task it had and is
replaced with the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.localcloud.core.lifeline import lifeline_command

LOG = logging.getLogger("scripts.localcloud")
LONGEST_WORK = 600.0
"""Seconds after which a worker is taken for hung."""
LARGEST_OUTPUT = 256 * 1024 * 1024
LARGEST_LOG = 4 * 1024 * 1024
MOST_WORK = 5000
"""Pieces of work after which a worker is replaced, and its log begun anew if it is long."""
NICENESS = 5


class EngineCrashError(Exception):
    """The worker died or spoke nonsense; the task that it had is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the engine is asked for."""

    model: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What it answered: files by output name, or a code and message."""

    outputs: Mapping[str, bytes] = field(default_factory=dict)
    code: str = ""
    message: str = ""


class _Worker:
    """One process, one piece of work at a time."""

    def __init__(self, process: asyncio.subprocess.Process, command: tuple[str, ...]) -> None:
        self.command = command
        self.done = 0
        self._process = process

    @classmethod
    async def start(cls, command: tuple[str, ...], directory: Path, log: Path) -> _Worker:
        with _opened_log(log) as errors:
            process = await asyncio.create_subprocess_exec(
                *lifeline_command(command, niceness=NICENESS),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                cwd=directory,
                start_new_session=True,
            )
        return cls(process, command)

    def lives(self) -> bool:
        """Whether it has not ended, as far as is known."""
        return self._process.returncode is None

    def resident_bytes(self) -> int:
        """The memory that it holds; 0 where the system does not tell."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    async def do(self, work: Work) -> Result:
        try:
            return await asyncio.wait_for(self._exchange(work), LONGEST_WORK)
        except asyncio.TimeoutError as error:
            raise EngineCrashError(f"no answer within {LONGEST_WORK:.0f} s") from error
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise EngineCrashError(f"{type(error).__name__}: {error}") from error

    async def _exchange(self, work: Work) -> Result:
        sender = asyncio.ensure_future(self._send(work))
        try:
            return await self._receive()
        finally:
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await sender

    async def _send(self, work: Work) -> None:
        stdin = self._process.stdin
        if stdin is None:
            raise EOFError("no stdin")
        head = {
            "model": work.model,
            "parameters": dict(work.parameters),
            "inputs": {name: len(data) for name, data in work.inputs.items()},
        }
        stdin.write(json.dumps(head).encode() + b"\n")
        for data in work.inputs.values():
            stdin.write(data)
        await stdin.drain()

    async def _receive(self) -> Result:
        stdout = self._process.stdout
        if stdout is None:
            raise EOFError("no stdout")
        line = await stdout.readline()
        if not line:
            raise EOFError("the worker ended")
        head = json.loads(line)
        if not head["ok"]:
            return Result(code=str(head["code"]), message=str(head["message"]))
        lengths = {str(name): int(length) for name, length in head["outputs"].items()}
        if sum(lengths.values()) > LARGEST_OUTPUT:
            raise ValueError("the outputs are larger than any picture")
        outputs = {name: await stdout.readexactly(length) for name, length in lengths.items()}
        return Result(outputs=outputs)

    async def kill(self) -> None:
        """End it and everything it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


@contextlib.contextmanager
def _opened_log(path: Path) -> Any:
    path.parent.mkdir(parents=True, exist_ok=True)
    full = path.exists() and path.stat().st_size > LARGEST_LOG
    with path.open("wb" if full else "ab") as file:
        yield file


class EnginePool:
    """At most `size` workers; a piece of work waits for a free one.

    A worker that holds more than `most_memory` bytes after its work is replaced.
    """

    def __init__(
        self,
        command: Sequence[str],
        directory: Path,
        log: Path,
        *,
        size: int,
        most_memory: int | None = None,
    ) -> None:
        self._most_memory = most_memory
        self._usual = tuple(command)
        self._command = self._usual
        self._directory = directory
        self._log = log
        self._places = asyncio.Semaphore(size)
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()

    def choose(self, engine: str | None) -> None:
        """Use `--engine NAME` for what starts from now on, or the usual one for None."""
        self._command = self._usual if engine is None else (*self._usual, "--engine", engine)

    async def do(self, work: Work) -> Result:
        """Let a worker do it.

        Raises:
            EngineCrashError: the worker could not be started, died, or answered nonsense.
        """
        async with self._places:
            worker = await self._take()
            self._busy.add(worker)
            try:
                result = await worker.do(work)
            except BaseException:
                await asyncio.shield(worker.kill())
                raise
            finally:
                self._busy.discard(worker)
            worker.done += 1
            if self._is_worn(worker):
                LOG.info("engine: a worker has grown or aged, and is replaced")
                await worker.kill()
            else:
                self._idle.append(worker)
            return result

    async def stop(self) -> None:
        """End every worker."""
        workers = [*self._idle, *self._busy]
        self._idle.clear()
        await asyncio.gather(*(worker.kill() for worker in workers))

    def _is_worn(self, worker: _Worker) -> bool:
        if worker.done >= MOST_WORK:
            return True
        return self._most_memory is not None and worker.resident_bytes() > self._most_memory

    async def _take(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.command == self._command and worker.lives():
                return worker
            await worker.kill()
        try:
            return await _Worker.start(self._command, self._directory, self._log)
        except OSError as error:
            raise EngineCrashError(f"cannot start {self._command[0]}: {error}") from error
