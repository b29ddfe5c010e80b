"""Tells the other services of this cloud what was published, as the vendor's tell each other.

What is published stays on record; here it is kept how far that record was told. A process killed
between telling and keeping tells again at its next start, so a message comes at least once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.mns.stored_messages import body_digest

LOG = logging.getLogger("scripts.localcloud")
BATCH: Final = 100
PAUSE: Final = 0.5
"""Seconds before a message that nobody could take is told again."""
Take = Callable[[dict[str, Any]], Awaitable[None]]


class Announcements:
    """The record of what was published, told in its order."""

    def __init__(self, database: Database, owner: str) -> None:
        self._database, self._owner = database, owner
        self._news = asyncio.Event()
        with database.transaction():
            database.execute("CREATE TABLE IF NOT EXISTS told (last INTEGER NOT NULL)")
            # What a folder holds from before anybody was told is nobody's news.
            database.execute(
                "INSERT INTO told SELECT coalesce((SELECT max(id) FROM published), 0)"
                " WHERE NOT EXISTS (SELECT 1 FROM told)"
            )

    def wake(self) -> None:
        """Say that something was published."""
        self._news.set()

    async def run(self, take: Take) -> None:
        """Hand every message to `take`, oldest first, for ever."""
        while True:
            self._news.clear()
            try:
                while rows := self._pending():
                    for row in rows:
                        await take(self._told(row))
                        self._database.execute("UPDATE told SET last = ?", (row["id"],))
            except Exception:
                LOG.exception("mns: a message could not be handed on; trying again")
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._news.wait(), PAUSE)
            else:
                await self._news.wait()

    def _pending(self) -> list[Any]:
        return self._database.query(
            "SELECT * FROM published WHERE id > (SELECT last FROM told) ORDER BY id LIMIT ?",
            (BATCH,),
        )

    def _told(self, row: Any) -> dict[str, Any]:
        notice = {
            "TopicOwner": self._owner,
            "Message": row["body"],
            "Subscriber": self._owner,
            "PublishTime": int(row["published_at"] * 1000),
            "MessageMD5": body_digest(row["body"]),
            "TopicName": row["topic"],
            "MessageId": row["message_id"],
        }
        return {"notice": notice, "tag": row["tag"]}
