"""An upload that is known is told of once more: the event again, or somebody uploading again."""

from __future__ import annotations

from typing import Final

from shared.domain.job import Job, Source, is_known
from shared.domain.signals import AnnounceAsked, RetryAsked, Signal, UploadedAnew
from shared.domain.state import JobState

SWEPT: Final = "swept"
"""The request id of an upload that was found by looking, not told by an event."""


def repeated(job: Job, source: Source) -> Signal | None:
    """What it means for the job (protocol 12); None: nothing."""
    if job.forgotten_at is not None:
        return _after_forgetting(job, source)
    if _is_redelivery(job, source):
        return None
    if job.state is JobState.DONE:
        return AnnounceAsked(source.request_id)
    if job.state is JobState.FAILED and not job.saw_succeeded:
        return RetryAsked("uploaded again", source.request_id)
    return None


def _after_forgetting(job: Job, source: Source) -> Signal | None:
    """An event of before is a repetition and never pays again; an upload since is a new one, also
    where its event was lost and the sweep has found it.

    The two clocks need not agree: where an old event passes for a new one, its object is gone, and
    nothing can be paid for.
    """
    told = source.request_id == job.source.request_id != SWEPT
    known = told or is_known(job, uploaded_at=source.uploaded_at)
    return None if known else UploadedAnew(source)


def _is_redelivery(job: Job, source: Source) -> bool:
    """Whether *source* tells of the upload that made the job.

    A job that the sweep made has no request id to compare: what was uploaded before the sweep
    looked is the event that came late after all, what was uploaded since is a new one.
    """
    if source.request_id in {job.source.request_id, SWEPT}:
        return True
    return job.source.request_id == SWEPT and source.uploaded_at <= job.created_at
