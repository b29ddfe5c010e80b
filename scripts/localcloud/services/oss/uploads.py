"""Multipart uploads: their rows and rules, without HTTP. Parts are contents like objects are."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from sqlite3 import Row

from scripts.localcloud.services.oss.checksums import join_crc64
from scripts.localcloud.services.oss.contents import Digest
from scripts.localcloud.services.oss.description import Description
from scripts.localcloud.services.oss.exceptions import OssError, no_such_upload
from scripts.localcloud.services.oss.models import ObjectStore

LEAST_PART = 100 * 1024
MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An open upload. `description` is what its initiation said about the object."""

    id: str
    bucket: str
    key: str
    initiated: float
    description: Description


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stored part."""

    number: int
    etag: str
    size: int
    crc64: int
    content: str
    modified: float


class UploadStore:
    """The open uploads of every bucket."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._database = store.database

    def initiate(self, bucket: str, key: str, description: Description) -> str:
        """Open an upload; answers its id."""
        now = self._store.now()
        age = int(now * 1_000_000)  # of two uploads the later one has the greater id
        upload_id = f"{age:014X}{secrets.token_hex(9).upper()}"
        self._database.execute(
            "INSERT INTO upload (id, bucket, key, initiated, details) VALUES (?, ?, ?, ?, ?)",
            (upload_id, bucket, key.encode(), now, json.dumps(description)),
        )
        return upload_id

    def get(self, bucket: str, key: str, upload_id: str) -> Upload:
        """The open upload of this id.

        Raises:
            OssError: NoSuchUpload.
        """
        row = self._database.query_one(
            "SELECT * FROM upload WHERE id = ? AND bucket = ? AND key = ?",
            (upload_id, bucket, key.encode()),
        )
        if row is None:
            raise no_such_upload(upload_id)
        return upload_of(row)

    def put_part(self, upload: Upload, number: int, digest: Digest, content: str) -> None:
        """Keep a part, in place of an earlier one of its number.

        Raises:
            OssError: NoSuchUpload, when the upload ended meanwhile.
        """
        try:
            with self._database.transaction():
                self.get(upload.bucket, upload.key, upload.id)
                earlier = self._contents(upload, number)
                row = (digest.etag, digest.size, str(digest.crc64), content, self._store.now())
                self._database.execute(
                    "INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (upload.id, number, *row),
                )
        except BaseException:
            self._store.contents.remove([content])
            raise
        self._store.contents.remove(earlier)

    def parts(self, upload: Upload, *, after: int = 0, limit: int = MOST_PARTS) -> list[Part]:
        """Parts by number, those above `after`."""
        rows = self._database.query(
            "SELECT number, etag, size, crc64, content, modified FROM part"
            " WHERE upload = ? AND number > ? ORDER BY number LIMIT ?",
            (upload.id, after, limit),
        )
        return [Part(**{**dict(row), "crc64": int(row["crc64"])}) for row in rows]

    def chosen(self, upload: Upload, wanted: list[tuple[int, str]]) -> list[Part]:
        """The parts that a completion names by number and ETag.

        Raises:
            OssError: InvalidPartOrder, InvalidPart, EntityTooSmall.
        """
        numbers = [number for number, _ in wanted]
        if numbers != sorted(set(numbers)):
            message = "The list of parts was not in ascending order."
            raise OssError(400, "InvalidPartOrder", message)
        stored = {part.number: part for part in self.parts(upload)}
        parts = []
        for number, etag in wanted:
            part = stored.get(number)
            if part is None or (etag and part.etag != etag.strip('"').upper()):
                raise _invalid_part(upload, number, etag)
            parts.append(part)
        for part in parts[:-1]:
            if part.size < LEAST_PART:
                raise _too_small(part)
        return parts

    def end(self, upload: Upload) -> list[str]:
        """Forget an upload and its parts; answers the contents to remove afterwards.

        Raises:
            OssError: NoSuchUpload, when it was ended meanwhile.
        """
        with self._database.transaction():
            self.get(upload.bucket, upload.key, upload.id)
            contents = self._contents(upload)
            self._database.execute("DELETE FROM part WHERE upload = ?", (upload.id,))
            self._database.execute("DELETE FROM upload WHERE id = ?", (upload.id,))
        return contents

    def give_up(self, upload_id: str) -> list[str]:
        """End an upload by its id alone; answers the contents to remove afterwards."""
        row = self._database.query_one("SELECT * FROM upload WHERE id = ?", (upload_id,))
        return [] if row is None else self.end(upload_of(row))

    def _contents(self, upload: Upload, number: int | None = None) -> list[str]:
        rows = self._database.query(
            "SELECT content FROM part WHERE upload = ? AND (? IS NULL OR number = ?)",
            (upload.id, number, number),
        )
        return [row[0] for row in rows]


def assembled(parts: list[Part]) -> tuple[str, int, int]:
    """ETag, size and CRC-64 of the object made from these parts."""
    digests = b"".join(bytes.fromhex(part.etag) for part in parts)
    etag = hashlib.md5(digests, usedforsecurity=False).hexdigest().upper()
    size = crc = 0
    for part in parts:
        size += part.size
        crc = join_crc64(crc, part.crc64, part.size)
    return f"{etag}-{len(parts)}", size, crc


def upload_of(row: Row) -> Upload:
    """The upload that a row of the table `upload` describes."""
    return Upload(
        id=row["id"],
        bucket=row["bucket"],
        key=bytes(row["key"]).decode(),
        initiated=row["initiated"],
        description=json.loads(row["details"]),
    )


def _invalid_part(upload: Upload, number: int, etag: str) -> OssError:
    message = (
        "One or more of the specified parts could not be found or the specified entity tag might "
        "not have matched the part's entity tag."
    )
    return OssError(
        400, "InvalidPart", message, UploadId=upload.id, PartNumber=str(number), PartEtag=etag
    )


def _too_small(part: Part) -> OssError:
    return OssError(
        400,
        "EntityTooSmall",
        "Your proposed upload smaller than the minimum allowed size.",
        MinSizeAllowed=str(LEAST_PART),
        ProposedSize=str(part.size),
        PartNumber=str(part.number),
    )
