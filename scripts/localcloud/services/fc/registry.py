"""Everything that was created (services, functions, triggers ...), as JSON documents by path.

A path is `services/maskline/functions/submit/triggers/tick`; the last part names the resource and
the part before it its collection. The state of a service at a published version lies beside it as
`frozen/maskline@3`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Final

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.fc.exceptions import (
    already_exists,
    invalid_argument,
    not_found,
    precondition_failed,
)

Document = dict[str, Any]
LARGEST_PAGE: Final = 100
KINDS: Final = {
    "services": "Service",
    "functions": "Function",
    "triggers": "Trigger",
    "versions": "Version",
    "frozen": "Version",
    "aliases": "Alias",
    "async-invoke-configs": "AsyncConfig",
    "on-demand-configs": "OnDemandConfig",
    "provision-configs": "ProvisionConfig",
    "custom-domains": "DomainName",
    "tags": "Resource",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a listing asks for."""

    limit: int = 20
    prefix: str = ""
    start_key: str = ""
    next_token: str = ""


class Registry:
    """Documents by path, with etags and the time of their last change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.script(
            "CREATE TABLE IF NOT EXISTS resource (path TEXT PRIMARY KEY, collection TEXT NOT NULL,"
            " name TEXT NOT NULL, document TEXT NOT NULL);"
            "CREATE INDEX IF NOT EXISTS resource_listing ON resource (collection, name)"
        )

    def find(self, path: str) -> Document | None:
        """The document, or None."""
        row = self._database.query_one("SELECT document FROM resource WHERE path = ?", (path,))
        return None if row is None else json.loads(row[0])

    def get(self, path: str) -> Document:
        """The document.

        Raises:
            FcError: there is none; the code says of which kind.
        """
        document = self.find(path)
        if document is None:
            raise missing(path)
        return document

    def create(self, path: str, document: Document, now: float) -> Document:
        """Add a document; it gets its times.

        Raises:
            FcError: the path is taken.
        """
        if self.find(path) is not None:
            collection, _, name = path.rpartition("/")
            raise already_exists(_kind(collection), name)
        stamp = timestamp(now)
        return self.put(path, {**document, "createdTime": stamp, "lastModifiedTime": stamp})

    def change(self, path: str, changes: Document, now: float, *, if_match: str = "") -> Document:
        """Merge `changes` into a document.

        Raises:
            FcError: there is none, or `if_match` is not its etag.
        """
        document = self.get(path)
        check_match(document, if_match)
        return self.put(path, {**document, **changes, "lastModifiedTime": timestamp(now)})

    def put(self, path: str, document: Document) -> Document:
        """Write a document as it is."""
        collection, _, name = path.rpartition("/")
        self._database.execute(
            "INSERT OR REPLACE INTO resource VALUES (?, ?, ?, ?)",
            (path, collection, name, json.dumps(document)),
        )
        return document

    def delete(self, path: str, *, if_match: str = "") -> None:
        """Remove a document and what lies under it.

        Raises:
            FcError: there is none, or `if_match` is not its etag.
        """
        check_match(self.get(path), if_match)
        self._database.execute(
            "DELETE FROM resource WHERE path = ? OR substr(path, 1, ?) = ?",
            (path, len(path) + 1, path + "/"),
        )

    def children(self, collection: str) -> dict[str, Document]:
        """Every document of a collection, by name."""
        rows = self._database.query(
            "SELECT name, document FROM resource WHERE collection = ? ORDER BY name", (collection,)
        )
        return {row[0]: json.loads(row[1]) for row in rows}

    def everywhere(self, kind: str) -> dict[str, Document]:
        """Every document of a kind of collection (such as `triggers`), by path."""
        rows = self._database.query(
            "SELECT path, document FROM resource WHERE collection LIKE ? ORDER BY path",
            (f"%/{kind}",),
        )
        return {row[0]: json.loads(row[1]) for row in rows}

    def page(self, collection: str, page: Page) -> tuple[list[Document], str]:
        """One page of a collection in the order of names, and the token of the next ("" at end)."""
        first = page.next_token or max(page.start_key, page.prefix)
        rows = self._database.query(
            "SELECT name, document FROM resource WHERE collection = ? AND name >= ?"
            " AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?",
            (collection, first, len(page.prefix), page.prefix, page.limit + 1),
        )
        documents = [json.loads(row[1]) for row in rows[: page.limit]]
        return documents, rows[page.limit][0] if len(rows) > page.limit else ""


def parse_page(query: dict[str, str]) -> Page:
    """The parameters of a listing.

    Raises:
        FcError: `limit` is no number.
    """
    given = query.get("limit", "20")
    if not given.isdecimal() or int(given) < 1:
        raise invalid_argument(f"limit is {given!r}; it must be a number from 1 to {LARGEST_PAGE}")
    return Page(
        limit=min(int(given), LARGEST_PAGE),
        prefix=query.get("prefix", ""),
        start_key=query.get("startKey", ""),
        next_token=query.get("nextToken", ""),
    )


def etag(document: Document) -> str:
    """The state of a document; it changes whenever the document does."""
    text = json.dumps(document, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def check_match(document: Document, if_match: str) -> None:
    """Refuse with `PreconditionFailed` when a wanted etag is not the document's."""
    if if_match and if_match.strip('"') != etag(document):
        raise precondition_failed()


def missing(path: str) -> Exception:
    """The error for a path that leads nowhere."""
    collection, _, name = path.rpartition("/")
    return not_found(_kind(collection), name)


def timestamp(now: float) -> str:
    """Epoch seconds as the API writes times: `2026-11-24T17:00:00Z`."""
    return datetime.fromtimestamp(now, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _kind(collection: str) -> str:
    return KINDS.get(collection.rpartition("/")[2], "Resource")
