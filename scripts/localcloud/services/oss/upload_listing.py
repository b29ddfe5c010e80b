"""Pages of open uploads: by key, those of one key by their age. Every read is an indexed range."""

from __future__ import annotations

from dataclasses import dataclass, field

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.oss.listing import group_of, past
from scripts.localcloud.services.oss.uploads import Upload, upload_of

READ_AHEAD = 100
BEHIND_EVERY_ID = "~"
"""Ids are hexadecimal."""
Position = tuple[bytes, str]
"""Key and id of an upload, those that come being greater."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadsWanted:
    """Uploads whose keys begin with `prefix`, behind the markers, `limit` entries at the most.

    Without `id_marker`, uploads of the key marker itself do not come.
    """

    prefix: str = ""
    delimiter: str = ""
    key_marker: str = ""
    id_marker: str = ""
    limit: int = 1000


@dataclass(slots=True, kw_only=True)
class UploadsPage:
    """Uploads and common prefixes, each in order; `last` are the markers of the last entry."""

    uploads: list[Upload] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    last: tuple[str, str] = ("", "")
    truncated: bool = False

    def take(self, upload: Upload, group: str | None) -> Position:
        """Put an upload, or its common prefix, on the page; answers where to go on."""
        if group is None:
            self.uploads.append(upload)
            self.last = upload.key, upload.id
            return upload.key.encode(), upload.id
        self.prefixes.append(group)
        self.last = group, ""
        return past(group.encode()), ""


def list_uploads(database: Database, bucket: str, wanted: UploadsWanted) -> UploadsPage:
    """Read one page of a bucket's open uploads."""
    page, position = UploadsPage(), _start(wanted)
    while rows := _read(database, bucket, wanted.prefix.encode(), position):
        for upload in rows:
            if len(page.uploads) + len(page.prefixes) == wanted.limit:
                page.truncated = True
                return page
            group = group_of(upload.key, wanted.prefix, wanted.delimiter)
            position = page.take(upload, group)
            if group is not None:
                break  # and leap over the rest of the group
    return page


def _start(wanted: UploadsWanted) -> Position:
    marker = wanted.key_marker
    if wanted.id_marker or not marker:
        return marker.encode(), wanted.id_marker
    if group_of(marker, wanted.prefix, wanted.delimiter) == marker:
        return past(marker.encode()), ""
    return marker.encode(), BEHIND_EVERY_ID


def _read(database: Database, bucket: str, prefix: bytes, position: Position) -> list[Upload]:
    end = past(prefix)
    bound = " AND key < ?" if end else ""
    rows = database.query(
        f"SELECT * FROM upload WHERE bucket = ? AND (key, id) > (?, ?){bound}"  # noqa: S608 - constants
        " ORDER BY key, id LIMIT ?",
        (bucket, *max(position, (prefix, "")), *([end] if end else []), READ_AHEAD),
    )
    return [upload_of(row) for row in rows]
