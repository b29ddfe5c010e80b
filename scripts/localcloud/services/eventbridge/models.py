"""Events that were put on buses, kept; and what an event must be like."""

from __future__ import annotations

import json
from typing import Any, Final

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.eventbridge.exceptions import InvalidEventError

MOST_EVENTS: Final = 16
LARGEST_REQUEST: Final = 256 * 1024
LARGEST_EVENT: Final = 64 * 1024
BUS: Final = "aliyuneventbusname"
LONGEST: Final = {"id": 255, "source": 128, "type": 64, BUS: 127}
"""Required attributes, and how many characters each may have."""


class Buses:
    """Every bus; one comes to be with its first event."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.script(
            "CREATE TABLE IF NOT EXISTS event (number INTEGER PRIMARY KEY AUTOINCREMENT,"
            " bus TEXT NOT NULL, event TEXT NOT NULL, put_at REAL NOT NULL)"
        )

    def put(self, event: Any, *, at: float) -> None:
        """Take an event.

        Raises:
            InvalidEventError: it is no event, or breaks a limit; the text says which.
        """
        checked = _checked(event)
        self._database.execute(
            "INSERT INTO event (bus, event, put_at) VALUES (?, ?, ?)",
            (checked[BUS], json.dumps(checked, ensure_ascii=False), at),
        )

    def events(self, bus: str) -> list[dict[str, Any]]:
        """What came to a bus, in the order in which it came."""
        rows = self._database.query(
            "SELECT event, put_at FROM event WHERE bus = ? ORDER BY number", (bus,)
        )
        return [{"event": json.loads(row[0]), "put_time": row[1]} for row in rows]


def _checked(event: Any) -> dict[str, Any]:
    if not isinstance(event, dict):
        raise InvalidEventError("an event must be an object")
    if event.get("specversion") != "1.0":
        raise InvalidEventError("attribute specversion must be 1.0")
    for name, longest in LONGEST.items():
        value = event.get(name)
        if not isinstance(value, str) or not value or len(value) > longest:
            raise InvalidEventError(f"attribute {name} must be a text of 1 to {longest} characters")
    try:
        text = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise InvalidEventError("the event holds half a pair of surrogates") from error
    if len(text) > LARGEST_EVENT:
        raise InvalidEventError("the event is larger than 64 KB")
    return event
