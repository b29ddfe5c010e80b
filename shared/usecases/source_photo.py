"""The bytes that a job is about, wherever they still are."""

from __future__ import annotations

from typing import Final

from shared.domain.job import Job
from shared.ports.errors import NotFoundError
from shared.ports.objects import ObjectStore

SOURCE_LIMIT: Final = 40 * 1024 * 1024
"""Pinned copies are smaller: at most 20 MB as uploaded, or a JPEG made from that."""


def source_photo(objects: ObjectStore, job: Job) -> bytes:
    """The pinned copy; the upload itself only while it is still the same bytes.

    Raises NotFoundError, RetryableError.
    """
    try:
        if job.pin is not None:
            return objects.read(job.pin.key, limit=SOURCE_LIMIT)
    except NotFoundError:
        pass  # the lifecycle rule behind the pins may have taken it
    info = objects.head(job.source.key)
    if info.etag != job.source.etag:
        raise NotFoundError("the pinned copy is gone and the upload was replaced")
    return objects.read(job.source.key, limit=SOURCE_LIMIT)
