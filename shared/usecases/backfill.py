"""Photographs that lay in the bucket before there was a pipeline: seen, priced, and taken in.

What lies under the upload prefix is accepted as it lies there; what lies elsewhere is copied there
by the service, under its own key, which raises the event of any upload.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from shared.domain.input_rules import DASHSCOPE_LIMITS
from shared.domain.job import Source, is_known, job_id_of
from shared.domain.keys import EXTENSIONS, KEY_BYTES, Prefixes
from shared.domain.repeated import SWEPT
from shared.ports.errors import NotFoundError
from shared.ports.objects import ObjectInfo, ObjectStore
from shared.ports.stores import JobReader
from shared.usecases.accept_upload import AcceptUpload
from shared.usecases.listing import batches, objects_under
from shared.usecases.wake_poller import WakePoller

_NO_PICTURES: Final = frozenset({"Symlink", "Appendable"})


class Found(str, Enum):
    """What becomes of an object."""

    NEW = "new"
    """Taken in, and one call is paid for it."""
    EQUAL = "equal"
    """Taken in; the same bytes, by size and eTag, were met before and are paid for once."""
    KNOWN = "known"
    """There is a job of it, or it was copied before."""
    NO_PICTURE = "no picture"
    """By its name, or as it is a link or a log."""
    TOO_LARGE = "too large"
    TOO_LONG = "name too long"
    """Under the upload prefix its key would be longer than OSS takes."""

    @property
    def is_taken_in(self) -> bool:
        """Whether anything is done with it."""
        return self in {Found.NEW, Found.EQUAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An object, and the key that it has, or would have, under the upload prefix."""

    info: ObjectInfo
    key: str
    found: Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """Walks a prefix a page at a time; may be repeated, as what is taken in is known next time."""

    objects: ObjectStore
    jobs: JobReader
    accept: AcceptUpload
    wake: WakePoller
    bucket: str
    prefixes: Prefixes

    def survey(self, prefix: str) -> Iterator[Candidate]:
        """Every object under the prefix that is not the pipeline's own, in key order."""
        seen = set[tuple[int, str]]()
        for page in batches(self._foreign(prefix)):
            jobs = {job.id: job for job in self.jobs.get_many([self._job_id(i) for i in page])}
            for info in page:
                job = jobs.get(self._job_id(info))
                known = is_known(job, uploaded_at=info.modified_at)
                yield Candidate(
                    info=info, key=self._key(info.key), found=self._judged(info, seen, known=known)
                )

    def __call__(self, candidate: Candidate) -> None:
        """Take it in. Raises NotFoundError, ConflictError where it was changed meanwhile."""
        info = candidate.info
        if candidate.key != info.key:
            self.objects.copy(info.key, candidate.key, if_match=info.etag)
            return
        self.accept(
            Source(
                bucket=self.bucket,
                key=info.key,
                etag=info.etag,
                size=info.size,
                request_id=SWEPT,
                uploaded_at=info.modified_at,
            )
        )

    def _foreign(self, prefix: str) -> Iterator[ObjectInfo]:
        for info in objects_under(self.objects, prefix):
            own = self.prefixes.is_ours(info.key) or info.key.startswith(self.prefixes.backdrops)
            if not own and not info.key.endswith("/"):
                yield info

    def _key(self, key: str) -> str:
        uploads = self.prefixes.uploads
        return key if key.startswith(uploads) else uploads + key

    def _job_id(self, info: ObjectInfo) -> str:
        return job_id_of(self.bucket, info.key, info.etag)

    def _judged(self, info: ObjectInfo, seen: set[tuple[int, str]], *, known: bool) -> Found:
        verdict = self._unfit(info)
        if verdict is not None:
            return verdict
        if known or self._is_copied(info):
            return Found.KNOWN
        bytes_seen = (info.size, info.etag)
        equal = bytes_seen in seen
        seen.add(bytes_seen)
        return Found.EQUAL if equal else Found.NEW

    def _unfit(self, info: ObjectInfo) -> Found | None:
        name = info.key.rpartition("/")[2].lower()
        _, dot, extension = name.rpartition(".")
        if info.kind in _NO_PICTURES or dot + extension not in EXTENSIONS:
            return Found.NO_PICTURE
        if info.size > DASHSCOPE_LIMITS.max_source_bytes:
            return Found.TOO_LARGE
        if len(self._key(info.key).encode()) > KEY_BYTES:
            return Found.TOO_LONG
        return None

    def _is_copied(self, info: ObjectInfo) -> bool:
        """Only that a copy is there can be told: that of a multipart upload has another eTag."""
        key = self._key(info.key)
        if key == info.key:
            return False
        try:
            self.objects.head(key)
        except NotFoundError:
            return False
        return True
