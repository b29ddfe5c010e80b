"""How much a bucket holds of each storage class."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.oss.models import STORAGE_CLASSES

LEAST_BILLED = 64 * 1024
"""Bytes as which the vendor bills a smaller object of any class but Standard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Objects of one class: how many, their bytes, and the bytes that are billed."""

    objects: int = 0
    size: int = 0
    billed: int = 0


def volumes(database: Database, bucket: str) -> dict[str, Volume]:
    """Every storage class with what the bucket holds of it."""
    rows = database.query(
        "SELECT storage_class, count(*), sum(size), sum(max(size, ?)) FROM object"
        " WHERE bucket = ? GROUP BY storage_class",
        (LEAST_BILLED, bucket),
    )
    found = {row[0]: Volume(objects=row[1], size=row[2], billed=row[3]) for row in rows}
    return {name: found.get(name, Volume()) for name in STORAGE_CLASSES}
