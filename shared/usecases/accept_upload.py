"""An upload becomes a job, once, however often its event arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shared.domain.job import Job, Source, is_known, job_id_of
from shared.domain.keys import Prefixes
from shared.domain.signals import AnnounceAsked, RetryAsked, UploadedAnew
from shared.domain.state import JobState
from shared.usecases.deliver import Deliver
from shared.usecases.journal import Journal
from shared.usecases.places import Places

CREATED: Final = (
    "ObjectCreated:PutObject",
    "ObjectCreated:PostObject",
    "ObjectCreated:CompleteMultipartUpload",
    "ObjectCreated:CopyObject",
)
"""The events that mean a whole new object (protocol 14); others are parts of one, or none."""


SWEPT: Final = "swept"
"""The request id of an upload that was found by looking, not told by an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One record of an event."""

    source: Source
    event_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptUpload:
    """Accepts uploads under the upload prefix, and tells a redelivery from a new upload."""

    journal: Journal
    deliver: Deliver
    places: Places
    prefixes: Prefixes

    def concerns(self, key: str, event_name: str) -> bool:
        """Whether this object is anything to us: never our own files, folder markers, or parts."""
        if event_name not in CREATED or key.endswith("/"):
            return False
        return key.startswith(self.prefixes.uploads) and not self.prefixes.is_ours(key)

    def __call__(self, source: Source) -> Job:
        """The job of the upload, new or known."""
        job = self.journal.jobs.get(job_id_of(source.bucket, source.key, source.etag))
        if job is None:
            job, created = self.journal.accept(source, place=self.places.new(source.key))
            if created:
                return job
        if job.forgotten_at is not None:
            return self._after_forgetting(job, source)
        return job if _is_redelivery(job, source) else self._again(job, source)

    def _after_forgetting(self, job: Job, source: Source) -> Job:
        """An event of before is a repetition and never pays again; an upload since is a new one,
        also where its event was lost and the sweep has found it.

        The two clocks need not agree: where an old event passes for a new one, its object is gone,
        and nothing can be paid for.
        """
        told = source.request_id == job.source.request_id != SWEPT
        if told or is_known(job, uploaded_at=source.uploaded_at):
            return job
        return self.journal.settle(
            job, UploadedAnew(source), when=lambda found: found.forgotten_at is not None
        )

    def _again(self, job: Job, source: Source) -> Job:
        """Somebody uploads the same bytes under the same key again (protocol 12)."""
        if job.state is JobState.DONE:
            signal = AnnounceAsked(source.request_id)
            return self.deliver(
                self.journal.settle(
                    job, signal, when=lambda found: found.source.request_id != source.request_id
                )
            )
        if job.state is JobState.FAILED and not job.saw_succeeded:
            return self.journal.settle(
                job,
                RetryAsked("uploaded again", source.request_id),
                when=lambda found: found.state is JobState.FAILED,
            )
        return job


def _is_redelivery(job: Job, source: Source) -> bool:
    """Whether *source* tells of the upload that made the job.

    A job that the sweep made has no request id to compare: what was uploaded before the sweep
    looked is the event that came late after all, what was uploaded since is a new one.
    """
    if source.request_id in {job.source.request_id, SWEPT}:
        return True
    return job.source.request_id == SWEPT and source.uploaded_at <= job.created_at
