"""Asynchronous invocations, kept in SQLite until they are done: what a kill cuts off runs again."""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import dataclass
from typing import Any, Final

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.fc.exceptions import already_invoked

Target = tuple[str, str, str]
"""Service, function, qualifier."""

ENQUEUED: Final = "Enqueued"
RUNNING: Final = "Running"
RETRYING: Final = "Retrying"
SUCCEEDED: Final = "Succeeded"
FAILED: Final = "Failed"
EXPIRED: Final = "Expired"
INVALID: Final = "Invalid"
STOPPED: Final = "Stopped"
_ADDED: Final = {
    "ended_at": "REAL",
    "destination": "TEXT NOT NULL DEFAULT ''",
    "returned": "TEXT NOT NULL DEFAULT ''",
}
"""Columns that folders of an earlier version lack."""
_TOLD: Final = f"CASE WHEN status = '{ENQUEUED}' AND retries > 0 THEN '{RETRYING}' ELSE status END"
"""The status as it is told: one that waits for another try is kept as one that waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One of them. Times in epoch seconds; `retries` were made; `invocation_id` if stateful.

    `destination` says how telling the destination went ("" where none was told), `returned` what
    the function answered, as far as it is kept.
    """

    number: int
    request_id: str
    target: Target
    payload: bytes
    invocation_id: str | None
    status: str
    enqueued_at: float
    ready_at: float
    retries: int
    error: str
    ended_at: float | None
    destination: str
    returned: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an invocation ended, as it is kept of a stateful one. `at` in epoch seconds."""

    status: str
    at: float
    error: str = ""
    destination: str = ""
    returned: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which stateful invocations of a function a listing is about.

    Empty texts ask for any; `begin` and `end` are epoch seconds, both included; `start` is the id
    of the first one of the page.
    """

    qualifier: str = ""
    status: str = ""
    prefix: str = ""
    begin: float = 0.0
    end: float = float("inf")
    descending: bool = False
    start: str = ""
    limit: int = 50


class InvocationQueue:
    """The queue of every function, and the memory of stateful ids, which are never used twice."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.script(
            "CREATE TABLE IF NOT EXISTS invocation (number INTEGER PRIMARY KEY AUTOINCREMENT,"
            " request_id TEXT NOT NULL, service TEXT NOT NULL, function TEXT NOT NULL,"
            " qualifier TEXT NOT NULL, invocation_id TEXT, payload BLOB NOT NULL,"
            " status TEXT NOT NULL, enqueued_at REAL NOT NULL, ready_at REAL NOT NULL,"
            " retries INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '');"
            "CREATE UNIQUE INDEX IF NOT EXISTS stateful ON invocation"
            " (service, function, invocation_id) WHERE invocation_id IS NOT NULL;"
            "CREATE INDEX IF NOT EXISTS due ON invocation"
            " (service, function, qualifier, status, ready_at);"
            "CREATE INDEX IF NOT EXISTS kept ON invocation"
            " (service, function, number) WHERE invocation_id IS NOT NULL"
        )
        columns = {row["name"] for row in database.query("PRAGMA table_info(invocation)")}
        for name, kind in _ADDED.items():
            if name not in columns:
                database.execute(f"ALTER TABLE invocation ADD COLUMN {name} {kind}")
        database.execute(
            "UPDATE invocation SET status = ? WHERE status IN (?, ?)", (ENQUEUED, RUNNING, RETRYING)
        )
        rows = database.query(
            "SELECT DISTINCT service, function, qualifier FROM invocation WHERE status = ?",
            (ENQUEUED,),
        )
        self.targets: set[Target] = {(row[0], row[1], row[2]) for row in rows}

    def add(
        self,
        target: Target,
        payload: bytes,
        *,
        now: float,
        delay: float = 0.0,
        invocation_id: str | None = None,
        request_id: str | None = None,
    ) -> str:
        """Take one more; answers its request id.

        Raises:
            FcError: the invocation id was used before for this function.
        """
        request_id = request_id or str(uuid.uuid4())
        try:
            self._database.execute(
                "INSERT INTO invocation (request_id, service, function, qualifier, invocation_id,"
                " payload, status, enqueued_at, ready_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (request_id, *target, invocation_id, payload, ENQUEUED, now, now + delay),
            )
        except sqlite3.IntegrityError as error:
            raise already_invoked(invocation_id or "") from error
        self.targets.add(target)
        return request_id

    def due(self, target: Target, now: float, most: int) -> list[Invocation]:
        """The first ones that may run now."""
        rows = self._database.query(
            "SELECT * FROM invocation WHERE service = ? AND function = ? AND qualifier = ?"
            " AND status = ? AND ready_at <= ? ORDER BY ready_at, number LIMIT ?",
            (*target, ENQUEUED, now, most),
        )
        return [_invocation(row) for row in rows]

    def next_ready(self, target: Target) -> float | None:
        """When the next one may run; None where none waits."""
        row = self._database.query_one(
            "SELECT ready_at FROM invocation WHERE service = ? AND function = ? AND qualifier = ?"
            " AND status = ? ORDER BY ready_at LIMIT 1",
            (*target, ENQUEUED),
        )
        return None if row is None else float(row[0])

    def mark_running(self, invocation: Invocation) -> None:
        """It is being run; a restart turns this back."""
        self._set(invocation.number, status=RUNNING)

    def retry(self, invocation: Invocation, *, ready_at: float, error: str) -> None:
        """Run it once more, not before `ready_at`."""
        retries = invocation.retries + 1
        self.targets.add(invocation.target)
        self._set(
            invocation.number, status=ENQUEUED, ready_at=ready_at, retries=retries, error=error
        )

    def finish(self, invocation: Invocation, ending: Ending) -> None:
        """It is over. A stateful one leaves its id behind."""
        number = invocation.number
        if invocation.invocation_id is None:
            self._database.execute("DELETE FROM invocation WHERE number = ?", (number,))
            return
        self._set(
            number,
            status=ending.status,
            ended_at=ending.at,
            error=ending.error,
            destination=ending.destination,
            returned=ending.returned,
        )

    def find(self, service: str, function: str, invocation_id: str) -> Invocation | None:
        """A stateful invocation, finished or not."""
        row = self._database.query_one(
            "SELECT * FROM invocation WHERE service = ? AND function = ? AND invocation_id = ?",
            (service, function, invocation_id),
        )
        return None if row is None else _invocation(row)

    def listed(
        self, service: str, function: str, wanted: Wanted
    ) -> tuple[list[Invocation], str | None]:
        """A page of stateful invocations in the order of their coming, and where the next begins.

        None where there is none. A page looks at no more rows than it must to be full.
        """
        first = self.find(service, function, wanted.start) if wanted.start else None
        order, beyond = ("DESC", "<=") if wanted.descending else ("ASC", ">=")
        edge = (2**62 if wanted.descending else 0) if first is None else first.number
        rows = self._database.query(
            "SELECT * FROM invocation WHERE invocation_id IS NOT NULL"  # noqa: S608 - our own words
            f" AND service = ? AND function = ? AND number {beyond} ?"
            f" AND ? IN ('', qualifier) AND ? IN ('', {_TOLD})"
            " AND substr(invocation_id, 1, ?) = ? AND enqueued_at BETWEEN ? AND ?"
            f" ORDER BY number {order} LIMIT ?",
            (
                *(service, function, edge, wanted.qualifier, wanted.status),
                *(len(wanted.prefix), wanted.prefix, wanted.begin, wanted.end),
                wanted.limit + 1,
            ),
        )
        found = [_invocation(row) for row in rows]
        following = found[wanted.limit].invocation_id if len(found) > wanted.limit else None
        return found[: wanted.limit], following

    def waiting(self) -> int:
        """How many are not finished."""
        row = self._database.query_one(
            "SELECT COUNT(*) FROM invocation WHERE status IN (?, ?)", (ENQUEUED, RUNNING)
        )
        return 0 if row is None else int(row[0])

    def _set(self, number: int, **columns: Any) -> None:
        names = ", ".join(f"{name} = ?" for name in columns)
        self._database.execute(
            f"UPDATE invocation SET {names} WHERE number = ?",  # noqa: S608 - names of columns only
            (*columns.values(), number),
        )


def _invocation(row: sqlite3.Row) -> Invocation:
    return Invocation(
        number=row["number"],
        request_id=row["request_id"],
        target=(row["service"], row["function"], row["qualifier"]),
        payload=row["payload"],
        invocation_id=row["invocation_id"],
        status=row["status"],
        enqueued_at=row["enqueued_at"],
        ready_at=row["ready_at"],
        retries=row["retries"],
        error=row["error"],
        ended_at=row["ended_at"],
        destination=row["destination"],
        returned=row["returned"],
    )
