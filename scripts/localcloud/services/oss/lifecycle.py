"""The rules by which a bucket's objects end: kept, shown to who asks, and followed once a day.

What is understood: a prefix, and whole days after which objects are deleted (`Expiration`) or
uploads that nobody completed are given up (`AbortMultipartUpload`). Other rules are refused.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from typing import Any, Final

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.oss.exceptions import invalid_argument, not_implemented
from scripts.localcloud.services.oss.numbers import whole_number

Rule = dict[str, Any]
PERIODS: Final = ("Expiration", "AbortMultipartUpload")
DAY: Final = 86400.0


class Lifecycle:
    """Rules by bucket, in the words of a template (`ID`, `Prefix`, `Status`, `Expiration` ...)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.script(
            "CREATE TABLE IF NOT EXISTS lifecycle (bucket TEXT PRIMARY KEY, rules TEXT NOT NULL)"
        )

    def keep(self, bucket: str, rules: Sequence[Rule]) -> None:
        """Set a bucket's rules; none at all takes them away."""
        with self._database.transaction():
            self._database.execute("DELETE FROM lifecycle WHERE bucket = ?", (bucket,))
            if rules:
                row = (bucket, json.dumps(list(rules)))
                self._database.execute("INSERT INTO lifecycle VALUES (?, ?)", row)

    def rules(self, bucket: str) -> list[Rule]:
        """A bucket's rules."""
        row = self._database.query_one("SELECT rules FROM lifecycle WHERE bucket = ?", (bucket,))
        return [] if row is None else list(json.loads(row[0]))

    def outlived(self, now: float) -> list[tuple[str, str]]:
        """Bucket and key of the objects whose time is over."""
        return self._over("object", "modified", "Expiration", now)

    def forgotten(self, now: float) -> list[tuple[str, str]]:
        """Bucket and id of the uploads whose time is over."""
        return self._over("upload", "initiated", "AbortMultipartUpload", now)

    def _over(self, table: str, since: str, period: str, now: float) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        name = "key" if table == "object" else "id"
        for row in self._database.query("SELECT bucket, rules FROM lifecycle"):
            for rule in json.loads(row["rules"]):
                if rule["Status"] == "Enabled" and period in rule:
                    prefix = str(rule["Prefix"]).encode()
                    before = now - int(rule[period]["Days"]) * DAY
                    rows = self._database.query(
                        f"SELECT {name} FROM {table} WHERE bucket = ? AND {since} < ?"  # noqa: S608 - names from above
                        " AND substr(key, 1, ?) = ?",
                        (row["bucket"], before, len(prefix), prefix),
                    )
                    found += [(row["bucket"], _text(each[0])) for each in rows]
        return found


def checked_rules(rules: Iterable[Any]) -> list[Rule]:
    """Rules as they may be kept.

    Raises:
        OssError: InvalidArgument; NotImplemented for what is not understood here.
    """
    return [_checked(rule) for rule in rules]


def _checked(given: Any) -> Rule:
    if not isinstance(given, dict) or given.get("Status") not in ("Enabled", "Disabled"):
        raise invalid_argument("The Status of a lifecycle rule must be Enabled or Disabled.")
    kept: Rule = {
        "ID": str(given.get("ID") or secrets.token_hex(16)),
        "Prefix": str(given.get("Prefix") or ""),
        "Status": given["Status"],
    }
    for name, period in given.items():
        if name in kept:
            continue
        if name not in PERIODS or not isinstance(period, dict) or set(period) != {"Days"}:
            raise not_implemented(f"{name} in a lifecycle rule but for whole days of {PERIODS}")
        days = whole_number(str(period["Days"]))
        if not days:
            raise invalid_argument("Days of a lifecycle rule must be a whole number from 1.")
        kept[name] = {"Days": days}
    return kept


def _text(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode()
