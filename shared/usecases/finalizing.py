"""What every finalizer goes by: the lease on its job, and how an unusable result is told."""

from __future__ import annotations

from shared.domain.failure import Failure, FailureKind
from shared.domain.job import Job
from shared.domain.reasons import reason
from shared.domain.state import JobState
from shared.imaging.errors import PictureError
from shared.usecases.journal import Journal


class SupersededError(Exception):
    """Another finalizer has this job by now; what this one wrote so far is the same bytes."""


def check_lease(journal: Journal, job: Job) -> None:
    """Raises SupersededError where another finalizer has the job by now."""
    found = journal.jobs.get(job.id)
    if found is None or not holds_lease(job, found):
        raise SupersededError(job.id)


def holds_lease(job: Job, found: Job) -> bool:
    """Whether *found* still is the finalizing that *job* was read for, whoever else wrote to it."""
    mine = (job.attempt, job.finalize_attempt)
    return found.state is JobState.FINALIZING and (found.attempt, found.finalize_attempt) == mine


def unusable(error: PictureError) -> Failure:
    """The end of a job whose result cannot be read."""
    why = reason(error.code)
    return Failure(
        kind=FailureKind.TERMINAL,
        code=error.code,
        message=f"{why.text_en} {error}",
        message_zh=why.text_zh,
        remedy=why.remedy_en,
        remedy_zh=why.remedy_zh,
    )
