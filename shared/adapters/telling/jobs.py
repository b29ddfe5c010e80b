"""`JobStore` that tells each fact about a job as it is written, and what follows from it.

A fact is the last line of the job's time line; what repeats is told once. The state before it
stands in the line before.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from shared.adapters.telling.meter import Meter, tell
from shared.domain import metrics, policy
from shared.domain.job import Job, Step
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.ports.clock import Clock
from shared.ports.stores import JobStore

_log = logging.getLogger("maskline.jobs")

_ENDINGS: Final = frozenset({"TaskFailed", "TaskFailedForNow", "TaskVanished"})
"""Facts after which the slot is another's, though nobody says when the task ended."""


class ToldJobStore:
    """Passes on to another store."""

    def __init__(self, jobs: JobStore, meter: Meter, clock: Clock) -> None:
        self._jobs = jobs
        self._meter = meter
        self._clock = clock
        self._slot_free_at: dict[Stage, float] = {}

    def get(self, job_id: str) -> Job | None:
        """As the port says."""
        return self._jobs.get(job_id)

    def get_many(self, job_ids: Sequence[str]) -> Sequence[Job]:
        """As the port says."""
        return self._jobs.get_many(job_ids)

    def add(self, job: Job) -> None:
        """As the port says."""
        self._jobs.add(job)
        self._tell(job)

    def replace(
        self, job: Job, *, expected_version: int, expected_nonce: str | None = None
    ) -> None:
        """As the port says."""
        self._jobs.replace(job, expected_version=expected_version, expected_nonce=expected_nonce)
        self._tell(job)

    def delete(self, job: Job) -> None:
        """As the port says."""
        self._jobs.delete(job)

    def line(
        self, *, after: int, before: int, limit: int, stage: Stage = Stage.SEGMENT
    ) -> Sequence[Job]:
        """As the port says."""
        found = self._jobs.line(after=after, before=before, limit=limit, stage=stage)
        if found:
            age = self._clock.now() - min(job.created_at for job in found)
            self._meter.highest(metrics.QUEUE_AGE, max(0.0, age), stage=stage.value)
        return found

    def held(self, prefix: str, *, limit: int) -> Sequence[Job]:
        """As the port says."""
        return self._jobs.held(prefix, limit=limit)

    def unsaved(self, *, before: float, limit: int, stage: Stage = Stage.SEGMENT) -> Sequence[Job]:
        """As the port says."""
        found = self._jobs.unsaved(before=before, limit=limit, stage=stage)
        risky = sum(1 for job in found if self._is_at_risk(job))
        self._meter.highest(metrics.AT_RISK, risky, stage=stage.value)
        return found

    def due(self, *, before: float, limit: int, stage: Stage = Stage.SEGMENT) -> Sequence[Job]:
        """As the port says."""
        return self._jobs.due(before=before, limit=limit, stage=stage)

    def page(
        self, state: JobState | None, *, after: str | None, limit: int
    ) -> tuple[Sequence[Job], str | None]:
        """As the port says."""
        return self._jobs.page(state, after=after, limit=limit)

    def _is_at_risk(self, job: Job) -> bool:
        ended = job.task.ended_at if job.task else None
        return ended is not None and self._clock.now() - ended > policy.AT_RISK

    def _tell(self, job: Job) -> None:
        step = job.history[-1] if job.history else None
        if step is None or step.count > 1:
            return
        stage = job.stage.value
        was = job.history[-2].state if len(job.history) > 1 else None
        _log.info("%s", step.signal, extra={"facts": _facts(job, step, was)})
        self._meter.count(metrics.JOBS_MOVED, stage=stage)
        if job.state.is_final and was is not job.state:
            code = job.failure.code if job.failure else ""
            tell(metrics.JOBS_ENDED, 1, stage=stage, state=job.state.value, code=code)
        self._slot(job, step)
        self._finalized(job, was)

    def _slot(self, job: Job, step: Step) -> None:
        """How long the slot stood idle before the task that has just ended."""
        free_at = self._slot_free_at.get(job.stage)
        if step.signal in _ENDINGS:
            self._slot_free_at[job.stage] = step.at
        if step.signal != "TaskSucceeded" or job.task is None:
            return
        ended = (job.task.ended_at or step.at) - job.task.skew
        self._slot_free_at[job.stage] = max(ended, free_at or ended)
        if free_at is not None:
            idle = max(0.0, job.task.accepted_at - max(free_at, _ready_at(job)))
            labels = {"stage": job.stage.value, "task_id": job.task.task_id}
            tell(metrics.SLOT_IDLE, idle, **labels)

    def _finalized(self, job: Job, was: JobState | None) -> None:
        if was is not JobState.FINALIZING or job.state is not JobState.DONE or job.task is None:
            return
        ended = (job.task.ended_at or job.changed_at) - job.task.skew
        seconds = max(0.0, job.changed_at - ended)
        tell(metrics.FINALIZING, seconds, stage=job.stage.value, job_id=job.id)


def _ready_at(job: Job) -> float:
    """Since when nothing but the slot was waited for; a retry waits for its own time first."""
    waits = [step.at for step in job.history if step.state is JobState.QUEUED]
    return job.created_at if job.attempt == 1 or not waits else max(waits)


def _traced(job: Job) -> dict[str, object]:
    """What OpenTelemetry's logs are joined to traces by, of `version-trace-span-flags`."""
    if job.trace is None:
        return {}
    _, trace_id, span_id, _ = job.trace.split("-")
    return {"trace_id": trace_id, "span_id": span_id}


def _facts(job: Job, step: Step, was: JobState | None) -> dict[str, object]:
    told: dict[str, object] = {
        "job_id": job.id,
        "stage": job.stage.value,
        "state": step.state.value,
        "was": was.value if was else None,
        "attempt": job.attempt,
        "version": job.version,
        "task_id": job.task.task_id if job.task else None,
        "provider_request_id": step.request_id,
        "code": job.failure.code if job.failure else None,
        **_traced(job),
    }
    return {name: value for name, value in told.items() if value is not None}
