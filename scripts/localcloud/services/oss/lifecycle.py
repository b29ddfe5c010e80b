"""The rules by which a bucket's objects end, as they were given: kept, and shown to who asks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from scripts.localcloud.core.storage import Database


class Lifecycle:
    """Rules by bucket, in the words of a template (`ID`, `Prefix`, `Status`, `Expiration` ...)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.script(
            "CREATE TABLE IF NOT EXISTS lifecycle (bucket TEXT PRIMARY KEY, rules TEXT NOT NULL)"
        )

    def keep(self, bucket: str, rules: Sequence[Any]) -> None:
        """Set a bucket's rules; none at all takes them away."""
        with self._database.transaction():
            self._database.execute("DELETE FROM lifecycle WHERE bucket = ?", (bucket,))
            if rules:
                row = (bucket, json.dumps(list(rules)))
                self._database.execute("INSERT INTO lifecycle VALUES (?, ?)", row)

    def rules(self, bucket: str) -> list[Any]:
        """A bucket's rules."""
        row = self._database.query_one("SELECT rules FROM lifecycle WHERE bucket = ?", (bucket,))
        return [] if row is None else list(json.loads(row[0]))
