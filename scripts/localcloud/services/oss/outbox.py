"""Announcements of created objects: written with the object, removed when they were taken.

A process killed between the two announces again at its next start, so an event comes at least once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from scripts.localcloud.core.storage import Database

LOG = logging.getLogger("scripts.localcloud")
PAUSE = 0.5
"""Seconds before an announcement that nobody could take is tried again."""
BATCH = 100
Record = dict[str, Any]


class Outbox:
    """Announcements in the order of their making."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._news = asyncio.Event()
        database.script(
            "CREATE TABLE IF NOT EXISTS outbox"
            " (number INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL)"
        )

    def add(self, record: Record) -> None:
        """Note a record; call it inside the transaction that makes the object."""
        self._database.execute("INSERT INTO outbox (record) VALUES (?)", (json.dumps(record),))
        self._news.set()

    def pending(self) -> list[tuple[int, Record]]:
        """The oldest announcements that nobody has taken yet, each with its number."""
        rows = self._database.query(
            "SELECT number, record FROM outbox ORDER BY number LIMIT ?", (BATCH,)
        )
        return [(row[0], json.loads(row[1])) for row in rows]

    def remove(self, number: int) -> None:
        """Forget an announcement that was taken."""
        self._database.execute("DELETE FROM outbox WHERE number = ?", (number,))

    async def deliver(self, take: Callable[[Record], Awaitable[None]]) -> None:
        """Hand every announcement to `take`, oldest first, for ever."""
        while True:
            self._news.clear()
            try:
                while batch := self.pending():
                    for number, record in batch:
                        await take(record)
                        self.remove(number)
            except Exception:
                LOG.exception("oss: an event could not be handed on; trying again")
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._news.wait(), PAUSE)
            else:
                await self._news.wait()
