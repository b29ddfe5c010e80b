"""Pages of keys: prefix, delimiter, and where to go on. Every page is an indexed range read."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.oss.models import COLUMNS, StoredObject, object_of

READ_AHEAD = 1000
READ_AHEAD_GROUPS = 50
"""Rows of one read where a delimiter may let the next read leap over the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """What a client wants: keys after `after` that begin with `prefix`, `limit` at the most."""

    prefix: str = ""
    delimiter: str = ""
    after: str = ""
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Objects and common prefixes, each in order; `following` is the last name, when truncated."""

    objects: list[StoredObject]
    prefixes: list[str]
    following: str | None


def past(prefix: bytes) -> bytes:
    """The least byte string that is greater than everything that begins with `prefix`."""
    trimmed = prefix.rstrip(b"\xff")
    return trimmed[:-1] + bytes([trimmed[-1] + 1]) if trimmed else b""


def group_of(key: str, prefix: str, delimiter: str) -> str | None:
    """The common prefix that `key` belongs to: up to the first delimiter behind `prefix`."""
    end = key.find(delimiter, len(prefix)) if delimiter else -1
    return None if end < 0 else key[: end + len(delimiter)]


def list_page(database: Database, bucket: str, wanted: PageRequest) -> Page:
    """Read one page of a bucket."""
    collector = _Collector(wanted)
    start, inclusive = wanted.after.encode(), not wanted.after
    if wanted.prefix.encode() > start:
        start, inclusive = wanted.prefix.encode(), True
    if wanted.delimiter and wanted.after.endswith(wanted.delimiter):
        start, inclusive = collector.skip(wanted.after, start, inclusive)
    while True:
        rows = _read(database, bucket, wanted, start, inclusive)
        for stored in rows:
            leap = collector.take(stored)
            if collector.full:
                return collector.page(truncated=True)
            if leap is not None:
                start, inclusive = leap, True
                break
            start, inclusive = stored.key.encode(), False
        else:
            if len(rows) < _ahead(wanted):
                return collector.page(truncated=False)


class _Collector:
    """Fills a page; `full` once an entry came that has no place on it."""

    def __init__(self, wanted: PageRequest) -> None:
        self._wanted = wanted
        self._objects: list[StoredObject] = []
        self._prefixes: list[str] = []
        self._last = ""
        self.full = False

    def take(self, stored: StoredObject) -> bytes | None:
        """Take a key in; answers where to go on when it stands for a whole common prefix."""
        group = self.group(stored.key)
        self.full = len(self._objects) + len(self._prefixes) >= self._wanted.limit
        if self.full:
            return None
        self._last = group or stored.key
        if group is None:
            self._objects.append(stored)
            return None
        self._prefixes.append(group)
        return past(group.encode())

    def group(self, key: str) -> str | None:
        """The common prefix that `key` belongs to, if any."""
        return group_of(key, self._wanted.prefix, self._wanted.delimiter)

    def skip(self, after: str, start: bytes, inclusive: bool) -> tuple[bytes, bool]:
        """Where to start when the last page ended with the common prefix `after`."""
        if after.startswith(self._wanted.prefix) and self.group(after) == after:
            return past(after.encode()), True
        return start, inclusive

    def page(self, *, truncated: bool) -> Page:
        """What was collected."""
        following = self._last if truncated else None
        return Page(objects=self._objects, prefixes=self._prefixes, following=following)


def _ahead(wanted: PageRequest) -> int:
    return READ_AHEAD_GROUPS if wanted.delimiter else min(READ_AHEAD, wanted.limit + 1)


def _read(
    database: Database, bucket: str, wanted: PageRequest, start: bytes, inclusive: bool
) -> list[StoredObject]:
    prefix = wanted.prefix.encode()
    end = past(prefix) if prefix else b""
    comparison = ">=" if inclusive else ">"
    bound = " AND key < ?" if end else ""
    rows = database.query(
        f"SELECT {COLUMNS} FROM object WHERE bucket = ? AND key {comparison} ?{bound}"  # noqa: S608 - constants
        " ORDER BY key LIMIT ?",
        (bucket, start, *([end] if end else []), _ahead(wanted)),
    )
    return [object_of(row) for row in rows]
