"""One result comes home: raw files first, then every picture, the manifest last, then the event."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from shared.domain.failure import Failure, FailureKind
from shared.domain.job import Job
from shared.domain.reasons import reason
from shared.domain.signals import ResultStored, ResultUnusable
from shared.domain.state import JobState
from shared.imaging.errors import PictureError
from shared.usecases.deliver import Deliver
from shared.usecases.draw_result import DrawResult
from shared.usecases.journal import Journal
from shared.usecases.perform import Perform
from shared.usecases.save_raw import SaveRaw
from shared.usecases.write_results import WriteResults


class SupersededError(Exception):
    """Another finalizer has this job by now; what this one wrote so far is the same bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizeJob:
    """The finalizer function's work."""

    journal: Journal
    save_raw: SaveRaw
    draw: DrawResult
    write: WriteResults
    perform: Perform
    deliver: Deliver

    def __call__(self, job_id: str, *, attempt: int, finalize_attempt: int) -> Job | None:
        """The job after finalizing; None where the request is not (or no longer) about anything.

        Raises RetryableError where a service was in the way: the same request may come again.
        """
        job = self.journal.jobs.get(job_id)
        asked = (attempt, finalize_attempt)
        if job is None or (job.attempt, job.finalize_attempt) != asked:
            return None
        if job.state is JobState.FINALIZING:
            try:
                job = self._finalized(job)
            except SupersededError:
                return None
        return self.deliver(self.perform(job)) if job.state.is_final else job

    def _finalized(self, job: Job) -> Job:
        job = self.save_raw(job)
        if job.raw is None or job.picture is None:
            return job
        line = self.draw.line_for(job)
        try:
            rendering = self.draw(job, job.raw, line)
        except PictureError as error:
            unusable = ResultUnusable(_unusable(error))
            return self.journal.settle(job, unusable, when=partial(_holds_lease, job))
        check = partial(self._check_lease, job)
        written = self.write(job, rendering, recipes=line, check=check)
        stored = ResultStored(written.manifest_key, written.people)
        return self.journal.settle(job, stored, when=partial(_holds_lease, job))

    def _check_lease(self, job: Job) -> None:
        found = self.journal.jobs.get(job.id)
        if found is None or not _holds_lease(job, found):
            raise SupersededError(job.id)


def _holds_lease(job: Job, found: Job) -> bool:
    """Whether *found* still is the finalizing that *job* was read for, whoever else wrote to it."""
    mine = (job.attempt, job.finalize_attempt)
    return found.state is JobState.FINALIZING and (found.attempt, found.finalize_attempt) == mine


def _unusable(error: PictureError) -> Failure:
    why = reason(error.code)
    return Failure(
        kind=FailureKind.TERMINAL,
        code=error.code,
        message=f"{why.text_en} {error}",
        message_zh=why.text_zh,
        remedy=why.remedy_en,
        remedy_zh=why.remedy_zh,
    )
