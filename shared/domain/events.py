"""Events about jobs and about the pipeline: CloudEvents 1.0 with deterministic ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

JOB_DONE: Final = "maskline.job.done"
JOB_FAILED: Final = "maskline.job.failed"
JOB_REJECTED: Final = "maskline.job.rejected"
JOB_LOST: Final = "maskline.job.lost"
PIPELINE_STOPPED: Final = "maskline.pipeline.stopped"
PIPELINE_RESUMED: Final = "maskline.pipeline.resumed"
PIPELINE_STALLED: Final = "maskline.pipeline.stalled"
QUOTA_LOW: Final = "maskline.quota.low"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEvent:
    """One event. `sequence` is the job's version, so that events of one job can be ordered.

    `time` is epoch seconds; `data` is JSON-ready and holds no secret and no signed URL. `trace` is
    the `traceparent` of the job, where traces are on.
    """

    id: str
    type: str
    source: str
    subject: str
    time: float
    sequence: int
    data: Mapping[str, Any]
    trace: str | None = None


def event_id(job_id: str, event_type: str, attempt: int) -> str:
    """The deterministic id of an event: the same fact always has the same id."""
    return f"{job_id}:{event_type}:{attempt}"


def event_type(of_id: str) -> str:
    """The type that stands in an event's id; the whole of what is no such id."""
    return of_id.partition(":")[2].rpartition(":")[0] or of_id
