"""Buckets and objects: their rows and rules, without HTTP.

An object is one content file and one row; the row is what counts. The row, the removal of the one
it replaces, and the announcement of its creation (see `outbox`) are one transaction.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Row
from typing import Any

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.oss import exceptions
from scripts.localcloud.services.oss.contents import Contents
from scripts.localcloud.services.oss.lifecycle import Lifecycle
from scripts.localcloud.services.oss.outbox import Outbox

LONGEST_KEY = 1023
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
BUCKET_ACLS = ("private", "public-read", "public-read-write")
OBJECT_ACLS = ("default", *BUCKET_ACLS)
STORAGE_CLASSES = ("Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")
REDUNDANCIES = ("LRS", "ZRS")
SCHEMA = """
CREATE TABLE IF NOT EXISTS bucket (
    name TEXT PRIMARY KEY, created REAL NOT NULL, acl TEXT NOT NULL, storage_class TEXT NOT NULL,
    redundancy TEXT NOT NULL DEFAULT 'LRS'
);
CREATE TABLE IF NOT EXISTS object (
    bucket TEXT NOT NULL, key BLOB NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL,
    crc64 TEXT NOT NULL, content TEXT NOT NULL, modified REAL NOT NULL, kind TEXT NOT NULL,
    storage_class TEXT NOT NULL, details TEXT NOT NULL, PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS upload (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, initiated REAL NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS upload_by_key ON upload (bucket, key, id);
CREATE TABLE IF NOT EXISTS part (
    upload TEXT NOT NULL, number INTEGER NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL,
    crc64 TEXT NOT NULL, content TEXT NOT NULL, modified REAL NOT NULL, PRIMARY KEY (upload, number)
) WITHOUT ROWID;
"""
COLUMNS = "bucket, key, etag, size, crc64, content, modified, kind, storage_class, details"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket. `created`: epoch seconds."""

    name: str
    created: float
    acl: str = "private"
    storage_class: str = "Standard"
    redundancy: str = "LRS"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """An object's row. `headers`: Content-Type and its like, `metadata`: `x-oss-meta-*`, both by
    lower-case name. `etag` has no quotes; `modified` is epoch seconds; `target` is a symlink's.
    """

    bucket: str
    key: str
    etag: str
    size: int
    crc64: int
    content: str
    modified: float
    kind: str = "Normal"
    storage_class: str = "Standard"
    headers: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    acl: str = "default"
    target: str = ""

    @property
    def content_md5(self) -> str:
        """The MD5 of the bytes as Content-MD5 writes it; empty where OSS does not tell it."""
        if self.kind != "Normal":
            return ""
        return base64.b64encode(bytes.fromhex(self.etag)).decode()


Announce = Callable[[StoredObject, "StoredObject | None"], dict[str, Any]]
"""Makes the event record of an object's creation, given what it replaces."""


def check_key(key: str) -> None:
    """Refuse what OSS does not take as an object's name.

    Raises:
        OssError: InvalidObjectName.
    """
    try:
        length = len(key.encode("utf-8"))
    except UnicodeEncodeError:
        raise exceptions.invalid_object_name(ascii(key)) from None
    if length > LONGEST_KEY:
        message = f"The length of object name must be less than {LONGEST_KEY + 1}."
        raise exceptions.invalid_object_name(key, message)
    if not key or key[0] in "/\\":
        raise exceptions.invalid_object_name(key)


def object_of(row: Row) -> StoredObject:
    """The object that a row of the table `object` describes."""
    plain = {name: row[name] for name in ("bucket", "etag", "size", "content", "modified", "kind")}
    return StoredObject(
        **plain,
        key=bytes(row["key"]).decode(),
        crc64=int(row["crc64"]),
        storage_class=row["storage_class"],
        **json.loads(row["details"]),
    )


def row_of(stored: StoredObject) -> tuple[Any, ...]:
    """The row of the table `object` that describes it, in the order of `COLUMNS`."""
    details = {
        "headers": stored.headers,
        "metadata": stored.metadata,
        "tags": stored.tags,
        "acl": stored.acl,
        "target": stored.target,
    }
    return (
        stored.bucket,
        stored.key.encode(),
        stored.etag,
        stored.size,
        str(stored.crc64),
        stored.content,
        stored.modified,
        stored.kind,
        stored.storage_class,
        json.dumps(details, ensure_ascii=False),
    )


class ObjectStore:
    """Everything that is stored: rows in `database`, bytes in `folder`."""

    def __init__(self, database: Database, folder: Path, now: Callable[[], float]) -> None:
        self.database = database
        self.contents = Contents(folder)
        self.outbox = Outbox(database)
        self.lifecycle = Lifecycle(database)
        self.now = now
        database.script(SCHEMA)
        columns = {row["name"] for row in database.query("PRAGMA table_info(bucket)")}
        if "redundancy" not in columns:  # a folder from before buckets had one
            database.execute("ALTER TABLE bucket ADD redundancy TEXT NOT NULL DEFAULT 'LRS'")

    # --- buckets --------------------------------------------------------------------------

    def bucket(self, name: str) -> Bucket:
        """The bucket of this name.

        Raises:
            OssError: NoSuchBucket.
        """
        query = "SELECT * FROM bucket WHERE name = ?"
        row = self.database.query_one(query, (name,)) if name.isascii() else None
        if row is None:
            raise exceptions.no_such_bucket(name)
        return Bucket(**dict(row))

    def buckets(self) -> list[Bucket]:
        """Every bucket, by name."""
        rows = self.database.query("SELECT * FROM bucket ORDER BY name")
        return [Bucket(**dict(row)) for row in rows]

    def put_bucket(self, bucket: Bucket) -> None:
        """Make a bucket, or give an existing one this access control.

        Raises:
            OssError: InvalidBucketName, InvalidArgument.
        """
        if not BUCKET_NAME.fullmatch(bucket.name):
            raise exceptions.invalid_bucket_name(bucket.name)
        if bucket.acl not in BUCKET_ACLS:
            raise exceptions.invalid_argument("no such bucket access control exists", "acl", "")
        self.database.execute(
            "INSERT INTO bucket (name, created, acl, storage_class, redundancy)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET acl = excluded.acl",
            (bucket.name, bucket.created, bucket.acl, bucket.storage_class, bucket.redundancy),
        )

    def delete_bucket(self, name: str) -> None:
        """Remove an empty bucket.

        Raises:
            OssError: NoSuchBucket, BucketNotEmpty.
        """
        with self.database.transaction():
            self.bucket(name)
            count, _, uploads = self.stat(name)
            if count or uploads:
                message = "The bucket you tried to delete is not empty."
                raise exceptions.OssError(
                    409, "BucketNotEmpty", message, ec="0015-00000301", BucketName=name
                )
            self.database.execute("DELETE FROM bucket WHERE name = ?", (name,))
            self.lifecycle.keep(name, [])

    def stat(self, bucket: str) -> tuple[int, int, int]:
        """Objects, bytes, and open multipart uploads of a bucket."""
        row = self.database.query_one(
            "SELECT count(*), coalesce(sum(size), 0),"
            " (SELECT count(*) FROM upload WHERE bucket = ?) FROM object WHERE bucket = ?",
            (bucket, bucket),
        )
        return (row[0], row[1], row[2]) if row else (0, 0, 0)

    # --- objects --------------------------------------------------------------------------

    def find(self, bucket: str, key: str) -> StoredObject | None:
        """The object, or None."""
        row = self.database.query_one(
            f"SELECT {COLUMNS} FROM object WHERE bucket = ? AND key = ?",  # noqa: S608 - constant
            (bucket, key.encode()),
        )
        return object_of(row) if row else None

    def get(self, bucket: str, key: str) -> StoredObject:
        """The object.

        Raises:
            OssError: NoSuchKey.
        """
        stored = self.find(bucket, key)
        if stored is None:
            raise exceptions.no_such_key(key)
        return stored

    def put(
        self,
        stored: StoredObject,
        announce: Announce | None,
        *,
        forbid_overwrite: bool = False,
        along: Callable[[], None] | None = None,
    ) -> None:
        """Make or replace an object and note its announcement, in one transaction.

        `along` is called within the transaction, before the row changes: for what must be true at
        the same instant, or be checked.

        Raises:
            OssError: FileAlreadyExists, with `forbid_overwrite`; NoSuchBucket.
        """
        with self.database.transaction():
            self.bucket(stored.bucket)
            if along:
                along()
            replaced = self.find(stored.bucket, stored.key)
            if replaced and forbid_overwrite:
                raise exceptions.file_already_exists()
            marks = ", ".join("?" * len(row_of(stored)))
            self.database.execute(
                f"INSERT OR REPLACE INTO object ({COLUMNS}) VALUES ({marks})",  # noqa: S608 - constant
                row_of(stored),
            )
            if announce:
                self.outbox.add(announce(stored, replaced))
        if replaced and replaced.content != stored.content:
            self.contents.remove([replaced.content])

    def update(self, stored: StoredObject) -> None:
        """Change what a row says beside its bytes; nothing is announced."""
        self.put(stored, None)

    def delete(self, bucket: str, key: str) -> bool:
        """Remove an object; answers whether there was one."""
        with self.database.transaction():
            stored = self.find(bucket, key)
            self.database.execute(
                "DELETE FROM object WHERE bucket = ? AND key = ?", (bucket, key.encode())
            )
        if stored:
            self.contents.remove([stored.content])
        return stored is not None

    def sweep(self) -> int:
        """Remove content files that no row speaks of; answers how many there were."""
        rows = self.database.query("SELECT content FROM object UNION SELECT content FROM part")
        return self.contents.sweep({row[0] for row in rows})
