"""SQLite as the services keep their state: one file each, write-ahead log, safe against SIGKILL.

A committed transaction survives the death of the process; it may be lost only with the machine's
power (`synchronous=NORMAL`), which is the bargain a laptop's test bench wants.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Parameters = Sequence[Any] | dict[str, Any]


class Database:
    """One SQLite file, usable from any thread: every call holds the one lock while it runs."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._depth = 0
        # A small page cache: the system's own serves as well, and memory stays as it was at start.
        settings = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000")
        for pragma in (*settings, "cache_size=-512"):
            self._connection.execute(f"PRAGMA {pragma}").close()

    def script(self, statements: str) -> None:
        """Run several statements, as for creating tables."""
        with self._lock:
            self._connection.executescript(statements).close()

    def execute(self, statement: str, parameters: Parameters = ()) -> int:
        """Run one statement; answers the number of rows it changed."""
        with self._lock:
            cursor = self._connection.execute(statement, parameters)
            changed = cursor.rowcount
            cursor.close()
        return changed

    def execute_many(self, statement: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for every set of parameters, in one transaction."""
        with self.transaction():
            self._connection.executemany(statement, rows).close()

    def query(self, statement: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """All rows of a SELECT (columns by index or by name)."""
        with self._lock:
            cursor = self._connection.execute(statement, parameters)
            rows = cursor.fetchall()
            cursor.close()
        return rows

    def query_one(self, statement: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        """The first row of a SELECT, or None."""
        with self._lock:
            cursor = self._connection.execute(statement, parameters)
            row: sqlite3.Row | None = cursor.fetchone()
            cursor.close()
        return row

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, holding the lock to its end; inside another one it joins that one.

        Never await inside: the lock belongs to the thread, and the other coroutines share it.
        """
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE").close()
            self._depth += 1
            try:
                yield
            except BaseException:
                self._leave(commit=False)
                raise
            self._leave(commit=True)

    def close(self) -> None:
        """Close the file; the database is not to be used afterwards."""
        with self._lock:
            self._connection.close()

    def _leave(self, *, commit: bool) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._connection.execute("COMMIT" if commit else "ROLLBACK").close()
