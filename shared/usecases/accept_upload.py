"""An upload becomes a job, once, however often its event arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shared.domain.job import Job, Source, job_id_of
from shared.domain.keys import Prefixes
from shared.domain.repeated import repeated
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
        """The job of the upload, new or known. Whether a new row's upload ended long ago is seen
        before anything is done with it (`PrepareJob`).
        """
        job = self.journal.jobs.get(job_id_of(source.bucket, source.key, source.etag))
        if job is None:
            job, created = self.journal.accept(source, place=self.places.new(source.key))
            if created:
                return job
        signal = repeated(job, source)
        if signal is None:
            return job
        settled = self.journal.settle(
            job, signal, when=lambda found: repeated(found, source) == signal
        )
        return self.deliver(settled) if settled.state is JobState.DONE else settled
