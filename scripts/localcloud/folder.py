"""The data folder of a local cloud: held by one process at a time, with its log and its notice.

The lock is the kernel's (`flock`), so that a killed process leaves none behind; the file only says
who holds it.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any

from scripts.localcloud.core.files import write_atomically

LOGGERS = ("scripts.localcloud", "aiohttp", "asyncio")
LOG_BYTES, LOG_FILES = 2_000_000, 2
NOTICE = "endpoints.json"
SILENCE = 10.0
"""Seconds between two remarks about a log that cannot be written."""


class FolderInUseError(Exception):
    """Another local cloud runs on this data folder."""


class FolderUnusableError(Exception):
    """The folder cannot be written, or what lies in it is no state of a local cloud."""


@contextmanager
def reading_state(path: Path) -> Iterator[None]:
    """Translate what damaged files under `path` make the readers raise.

    Raises:
        FolderUnusableError: in their place.
    """
    try:
        yield
    except (sqlite3.DatabaseError, ValueError, TypeError, KeyError) as error:
        raise FolderUnusableError(
            f"{path} holds damaged state or another version's ({error}); move it away, or choose"
            " another folder with --data"
        ) from error


class _Log(RotatingFileHandler):
    """The log; what it cannot take for want of space goes to the terminal, now and then."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES)
        self._last_said = -SILENCE

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Instead of a traceback."""
        if time.monotonic() - self._last_said < SILENCE:
            return
        self._last_said = time.monotonic()
        text = f"maskline: {record.getMessage()} (and {self.baseFilename} cannot be written)"
        print(text, file=sys.stderr, flush=True)


class DataFolder:
    """Holds the folder from construction to `release`."""

    def __init__(self, path: Path, *, holder: str = "a local cloud") -> None:
        """`holder` says what holds it, to whom it is refused."""
        self.path = path.resolve()
        self._holder = holder
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)  # keys and other people's photographs lie in it
            self._lock = self._hold()
            self._handler = self._open_log()
        except OSError as error:
            raise FolderUnusableError(
                f"the data folder {self.path} cannot be used ({error.strerror}); choose another"
                " with --data"
            ) from error

    def announce(self, description: dict[str, Any]) -> None:
        """Write `endpoints.json`, by which other commands find the running cloud."""
        text = json.dumps({**description, "pid": os.getpid()}, indent=2)
        write_atomically(self.path / NOTICE, text + "\n", mode=0o600)

    def release(self) -> None:
        """Withdraw the notice and let the folder go."""
        (self.path / NOTICE).unlink(missing_ok=True)
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(self._handler)
            logging.getLogger(name).propagate = True
        self._handler.close()
        self._lock.close()

    def _hold(self) -> IO[str]:
        lock = (self.path / "cloud.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise FolderInUseError(
                f"{self._holder} (process {holder}) already runs on {self.path}; use that one, stop"
                " it, or choose another folder with --data"
            ) from error
        lock.seek(0)
        lock.truncate()
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        (self.path / NOTICE).unlink(missing_ok=True)
        return lock

    def _open_log(self) -> logging.Handler:
        (self.path / "logs").mkdir(exist_ok=True)
        handler = _Log(self.path / "logs" / "cloud.log")
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        for name in LOGGERS:
            logging.getLogger(name).addHandler(handler)
            logging.getLogger(name).propagate = False
        return handler
