"""Queued jobs go to the provider as the gate has room; the next in line stands by meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from shared.domain import gate as rules
from shared.domain.gate import Denied, Gate
from shared.domain.job import Job
from shared.domain.state import JobState
from shared.ports.errors import ConflictError, PortError
from shared.ports.stores import JobStore, Lane
from shared.usecases.advance_job import AdvanceJob
from shared.usecases.gatekeeper import Gatekeeper

AHEAD: Final = 7 * 24 * 3600.0
"""How far the due lists are read ahead, seconds: whoever leaves must know when to come back, also
for a job that nobody has to look at for hours. One row is read however far away it is."""

NO_QUOTA_NAP: Final = 120.0
"""Seconds between looks at a queue that only a new budget can move."""

OTHERS: Final = frozenset({"lost race", rules.UNDER_WAY})
"""Denials that concern one job only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The queue after a look: jobs moved, the one that goes next as soon as a slot is free, and
    when to look again (None: nobody waits).
    """

    moved: int = 0
    standby: Job | None = None
    next_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillSlots:
    """Fills. `window` is the most tasks ever kept at the provider."""

    gatekeeper: Gatekeeper
    jobs: JobStore
    advance: AdvanceJob
    window: int

    def __call__(self, gate: Gate, now: float) -> Line:
        """One pass from the head of the line; *gate* was read before."""
        waiting = self.jobs.due(Lane.QUEUE, before=now + AHEAD, limit=self.window + 2)
        due = [job for job in waiting if job.due_at is not None and job.due_at <= now]
        if not due:
            self._nobody_waits(gate)
            later = [job.due_at for job in waiting if job.due_at is not None]
            return Line(next_at=min(later, default=None))
        return self._filled(gate, due, now)

    def _filled(self, gate: Gate, due: Sequence[Job], now: float) -> Line:
        moved = 0
        for job in due:
            denied = None if moved else rules.refusal(gate, now)
            after = job
            if denied is None or not _is_ready(job):
                after, denied = self._towards_provider(job)
            moved += int(after.version != job.version)
            if denied is not None and denied.reason not in OTHERS:
                standby = after if _is_ready(after) else None
                return Line(moved=moved, standby=standby, next_at=_again(denied, now))
        return Line(moved=moved, next_at=now)

    def _towards_provider(self, job: Job) -> tuple[Job, Denied | None]:
        """One that cannot be prepared now goes behind the others, so that it holds up nobody."""
        try:
            return self.advance.towards_provider(job)
        except ConflictError:
            return job, None
        except PortError:
            self.advance.put_off(job)
            return job, None

    def _nobody_waits(self, gate: Gate) -> None:
        """Newcomers may go straight to the provider again, unless one was just turned away."""
        if not gate.others_wait:
            return
        try:
            open_gate = replace(gate, others_wait=False)
            self.gatekeeper.replace(gate, open_gate, expected_wake=gate.wake)
        except ConflictError:
            return


def _is_ready(job: Job) -> bool:
    """Whether nothing but the gate stands between the job and the provider."""
    prepared = job.pin is not None and job.content_id is not None and not job.pending
    return prepared and job.state is JobState.QUEUED and job.waits_for is None


def _again(denied: Denied, now: float) -> float:
    if denied.retry_at is not None:
        return denied.retry_at
    if denied.reason in {"quota", "stopped"}:
        # Only a person can help, and a person's command wakes the poller.
        return now + NO_QUOTA_NAP
    return now + 1.0
