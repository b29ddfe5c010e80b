"""Conditions and ranges of requests, as OSS understands them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime

from scripts.localcloud.services.oss.exceptions import OssError, not_modified, precondition_failed
from scripts.localcloud.services.oss.models import StoredObject
from scripts.localcloud.services.oss.numbers import position

RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)(?:,.*)?")
COPY_PREFIX = "x-oss-copy-source-"


def check_conditions(stored: StoredObject, headers: Mapping[str, str], prefix: str = "") -> None:
    """Check `If-Match` and its like, or with `prefix` those of a copy's source.

    Raises:
        OssError: NotModified (304) or PreconditionFailed (412).
    """
    match = headers.get(prefix + "if-match")
    if match is not None and not _names(match, stored.etag):
        raise precondition_failed("If-Match")
    unmodified = _moment(headers.get(prefix + "if-unmodified-since"))
    if unmodified is not None and int(stored.modified) > unmodified:
        raise precondition_failed("If-Unmodified-Since")
    none_match = headers.get(prefix + "if-none-match")
    if none_match is not None and _names(none_match, stored.etag):
        raise not_modified()
    modified = _moment(headers.get(prefix + "if-modified-since"))
    if modified is not None and none_match is None and int(stored.modified) <= modified:
        raise not_modified()


def _names(header: str, etag: str) -> bool:
    tags = [tag.strip().strip('"') for tag in header.split(",")]
    return "*" in tags or etag in tags


def _moment(header: str | None) -> float | None:
    """The header's time; None without one, or where it is no HTTP date (OSS ignores those)."""
    try:
        moment = parsedate_to_datetime(header) if header else None
    except (TypeError, ValueError):
        return None
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def byte_range(headers: Mapping[str, str], size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None for the whole object.

    A range that reaches beyond the object counts for nothing, unless the client asks for the
    standard behaviour (`x-oss-range-behavior: standard`), which cuts it.

    Raises:
        OssError: InvalidRange (416), in the standard behaviour only.
    """
    matched = RANGE.fullmatch(headers.get("range", "").strip())
    if not matched or not any(matched.groups()):
        return None
    first, last = matched.groups()
    if first:
        start, stop = position(first), position(last) + 1 if last else size
    else:
        start, stop = max(size - position(last), 0), size
    if first and last and stop <= start:
        return None
    if start < stop <= size:
        return start, stop
    if headers.get("x-oss-range-behavior", "").lower() != "standard":
        return None
    if start >= size:
        raise _invalid_range(headers["range"], size)
    return start, size


def _invalid_range(asked: str, size: int) -> OssError:
    message = "The requested range cannot be satisfied."
    return OssError(416, "InvalidRange", message, ActualObjectSize=str(size), RangeRequested=asked)
