"""All uploads of one event: each accepted, taken as far as it goes, and the poller woken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.domain.job import Job, Source
from shared.ports.errors import PortError
from shared.usecases.accept_upload import AcceptUpload, Upload
from shared.usecases.advance_job import AdvanceJob
from shared.usecases.wake_poller import WakePoller


class NotAcceptedError(Exception):
    """Some uploads of an event could not be written down; the event must come again.

    Those that were are rows by now, so that the repetition finds them and does nothing.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeInReport:
    """What became of an event's records: job ids, ignored keys, and failures by key."""

    accepted: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeInUploads:
    """The submit function's work."""

    accept: AcceptUpload
    advance: AdvanceJob
    wake: WakePoller

    def __call__(self, uploads: Sequence[Upload]) -> TakeInReport:
        """Take in every record, good ones whatever happens to bad ones.

        Raises NotAcceptedError at the end, if any could not be written down.
        """
        mine = [u for u in uploads if self.accept.concerns(u.source.key, u.event_name)]
        jobs: list[Job] = []
        failed: dict[str, str] = {}
        for upload in mine:
            job = self._accepted(upload.source, failed)
            if job is not None:
                jobs.append(job)
        moved = [self._advanced(job) for job in jobs]
        if any(not job.state.is_final or job.outbox or job.pending for job in moved):
            self.wake()
        if failed:
            raise NotAcceptedError("; ".join(f"{key}: {why}" for key, why in failed.items()))
        ignored = tuple(u.source.key for u in uploads if u not in mine)
        return TakeInReport(accepted=tuple(job.id for job in jobs), ignored=ignored)

    def _accepted(self, source: Source, failed: dict[str, str]) -> Job | None:
        try:
            return self.accept(source)
        except PortError as error:
            failed[source.key] = str(error)
            return None

    def _advanced(self, job: Job) -> Job:
        """As far as it goes now; what stands in the way is the poller's, for the row is written."""
        if job.state.is_final and not job.outbox and not job.pending:
            return job
        try:
            return self.advance.first_steps(job)
        except PortError:
            return job
