"""A local cloud as a child process: started, waited for, and gone whatever happens."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

from scripts.cli.errors import CommandError, ExitCode
from scripts.localcloud.core.lifeline import lifeline_command

PROJECT: Final = Path(__file__).resolve().parents[2]
START_SECONDS: Final = 300.0
"""The first start fetches the engine's weights."""
STOP_SECONDS: Final = 10.0
_ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""SIGINT too: a shell has it ignored in what it starts in the background, and we must clean up."""


@contextmanager
def local_cloud(data: Path, log: Path) -> Iterator[dict[str, Any]]:
    """Run `maskline up --json` on *data* for as long as the block lasts; yields its description.

    The child leads a process group of its own, which is stopped on every way out, Ctrl-C and
    SIGTERM included; if this process is killed outright, the kernel kills the child (Linux).

    Raises:
        CommandError: it did not come up.
    """
    command = [sys.executable, "-m", "scripts", "up", "--data", str(data), "--json"]
    temporary = log.parent / "tmp"  # some libraries leave files in the folder for such
    temporary.mkdir(exist_ok=True)
    with log.open("wb") as errors, _signals_as_interrupts():
        child = subprocess.Popen(  # noqa: S603 - our own command
            lifeline_command(command),
            cwd=PROJECT,
            env={**os.environ, "TMPDIR": str(temporary)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        try:
            yield _first_line(child, log)
        finally:
            _stop(child)


@contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block as Ctrl-C does, so that it cleans up."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _first_line(child: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    lines: queue.Queue[bytes] = queue.Queue()
    assert child.stdout is not None  # noqa: S101 - it was asked for above
    threading.Thread(target=_read, args=(child.stdout, lines), daemon=True).start()
    try:
        line = lines.get(timeout=START_SECONDS)
        description: dict[str, Any] = json.loads(line)
    except (queue.Empty, ValueError):
        said = log.read_text(errors="replace").strip().splitlines()[-3:]
        raise CommandError(
            "the local cloud did not start", " | ".join(said) or "it said nothing", ExitCode.WRONG
        ) from None
    return description


def _read(stream: IO[bytes], lines: queue.Queue[bytes]) -> None:
    lines.put(stream.readline())
    while stream.read(1 << 16):
        pass


def _stop(child: subprocess.Popen[bytes]) -> None:
    """SIGTERM to the child, which stops its own; then SIGKILL to whatever is left of the group."""
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        pass  # an impatient second Ctrl-C must not leave anything behind
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
