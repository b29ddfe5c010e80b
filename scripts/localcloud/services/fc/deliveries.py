"""From an object's event to the queue of the functions that its triggers name.

A delivery is written down before the event counts as taken, and leaves the table in the same
transaction that puts the invocation in the queue. Faults ordered for `event` strike here, each a
single attempt; a delivery that was not lost is attempted until it succeeds.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from typing import Any, Final

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.faults import EVENT, Fault
from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.fc.invocations import InvocationQueue
from scripts.localcloud.services.fc.permissions import Permissions
from scripts.localcloud.services.fc.specification import LATEST
from scripts.localcloud.services.fc.triggers import Triggers

LOG = logging.getLogger("scripts.localcloud.fc")
FIRST_RETRY: Final = 0.5
LONGEST_RETRY: Final = 30.0
HOLD_SECONDS: Final = 2.0
"""How long a delivery that is to be overtaken waits for another to come by."""


class EventDeliveries:
    """OSS events on their way to functions."""

    def __init__(
        self,
        cloud: Cloud,
        database: Database,
        *,
        triggers: Triggers,
        queue: InvocationQueue,
        delivered: Callable[[], None],
        permissions: Permissions,
    ) -> None:
        self._cloud = cloud
        self._database = database
        self._triggers = triggers
        self._queue = queue
        self._delivered = delivered
        self._permissions = permissions
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        # `copies` is 0 until the faults of an attempt were drawn.
        database.script(
            "CREATE TABLE IF NOT EXISTS delivery (number INTEGER PRIMARY KEY AUTOINCREMENT,"
            " service TEXT NOT NULL, function TEXT NOT NULL, qualifier TEXT NOT NULL,"
            " payload BLOB NOT NULL, ready_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,"
            " copies INTEGER NOT NULL DEFAULT 0, again INTEGER NOT NULL DEFAULT 0,"
            " held INTEGER NOT NULL DEFAULT 0);"
            "CREATE INDEX IF NOT EXISTS delivery_due ON delivery (ready_at, number)"
        )

    async def accept(self, message: dict[str, Any]) -> None:
        """Take an object's event: one delivery for each trigger that it concerns."""
        record = message["record"]
        payload = json.dumps({"events": [record]}, ensure_ascii=False).encode()
        now = self._cloud.clock.now()
        with self._database.transaction():
            for path, trigger in self._triggers.concerned(record).items():
                _, service, _, function, *_ = path.split("/")
                target = (service, function, trigger["qualifier"] or LATEST)
                if not self._permissions.may_deliver(trigger["invocationRole"], target):
                    continue
                self._database.execute(
                    "INSERT INTO delivery (service, function, qualifier, payload, ready_at)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (*target, payload, now),
                )
        self._wake.set()

    async def start(self) -> None:
        """Begin to deliver, what a former run left behind first."""
        self._task = asyncio.ensure_future(self._loop())

    async def stop(self) -> None:
        """Leave the rest for the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _loop(self) -> None:
        while True:
            self._wake.clear()
            try:
                upcoming = self._deliver_due()
            except Exception:
                LOG.exception("delivering events failed")
                upcoming = self._cloud.clock.now() + 1
            await self._rest(upcoming)

    async def _rest(self, until: float | None) -> None:
        waker = asyncio.ensure_future(self._wake.wait())
        waiting = {waker}
        if until is not None:
            sleeper = asyncio.ensure_future(self._cloud.clock.sleep_until(until))
            waiting.add(sleeper)  # type: ignore[arg-type] # both are awaited for their end alone
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    def _deliver_due(self) -> float | None:
        """Attempt what is due; answers when the next one is."""
        while True:
            row = self._database.query_one(
                "SELECT * FROM delivery ORDER BY ready_at, number LIMIT 1"
            )
            if row is None:
                return None
            if row["ready_at"] > self._cloud.clock.now():
                return float(row["ready_at"])
            self._attempt(row)

    def _attempt(self, row: sqlite3.Row) -> None:
        if row["copies"]:
            self._hand_over(row, row["copies"], again=bool(row["again"]))
            return
        faults = {fault.kind: fault for fault in self._cloud.faults.draw("oss", EVENT)}
        if "lose-event" in faults:
            self._forget(row)
        elif faults.keys() & {"error", "drop-before"}:
            self._later(row)
        else:
            self._meet(row, faults)

    def _meet(self, row: sqlite3.Row, faults: dict[str, Fault]) -> None:
        copies = 2 if "duplicate-event" in faults else 1
        again = "drop-after" in faults
        held = "reorder-events" in faults
        pause = faults["delay"].seconds if "delay" in faults else 0.0
        pause = max(pause, HOLD_SECONDS if held else 0.0)
        if pause == 0:
            self._hand_over(row, copies, again=again)
            return
        self._database.execute(
            "UPDATE delivery SET copies = ?, again = ?, held = ?, ready_at = ? WHERE number = ?",
            (copies, again, held, self._cloud.clock.now() + pause, row["number"]),
        )

    def _hand_over(self, row: sqlite3.Row, copies: int, *, again: bool) -> None:
        now = self._cloud.clock.now()
        with self._database.transaction():
            for _ in range(copies):
                target = (row["service"], row["function"], row["qualifier"])
                self._queue.add(target, row["payload"], now=now)
            if again:
                self._later(row)
            else:
                self._forget(row)
            # Those that waited to be overtaken have been.
            self._database.execute("UPDATE delivery SET held = 0, ready_at = ? WHERE held", (now,))
        self._delivered()

    def _later(self, row: sqlite3.Row) -> None:
        pause = min(FIRST_RETRY * 2 ** row["attempts"], LONGEST_RETRY)
        self._database.execute(
            "UPDATE delivery SET attempts = attempts + 1, copies = 0, again = 0, held = 0,"
            " ready_at = ? WHERE number = ?",
            (self._cloud.clock.now() + pause, row["number"]),
        )

    def _forget(self, row: sqlite3.Row) -> None:
        self._database.execute("DELETE FROM delivery WHERE number = ?", (row["number"],))
