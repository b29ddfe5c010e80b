"""Progress: what a look at a job has to change for somebody to have been of use."""

from __future__ import annotations

from shared.domain.job import Job


def has_progressed(before: Job, after: Job) -> bool:
    """Whether a job has come on. To be put off, or refused for too many and tried again, is none:
    a provider that hangs keeps its pollers busy with that.
    """
    return _standing(before) != _standing(after)


def _standing(job: Job) -> tuple[object, ...]:
    known = (job.picture, job.content_id, job.waits_for, job.held_by, job.raw)
    return (job.state, *known, job.pending, job.outbox)
