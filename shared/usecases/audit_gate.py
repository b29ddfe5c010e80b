"""One stage's gate, held against the jobs of that stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.domain.state import JobState
from shared.ports.stores import GateStore, JobReader
from shared.usecases.findings import Finding, counts_as_paid
from shared.usecases.findings_gate import (
    judge_gate,
    judge_holder,
    judge_queue,
    judge_slot,
    judge_spending,
)

HOLDERS: Final = 100
"""Jobs at the provider that are looked at twice; the gate has room for a handful."""


@dataclass(slots=True)
class AtGate:
    """What a stage's jobs tell that their gate must know, gathered as they are read."""

    holders: list[Job] = field(default_factory=list)
    waiting: Job | None = None
    paid: int = 0

    def note(self, job: Job) -> None:
        """One more job."""
        self.paid += counts_as_paid(job)
        if job.state.holds_slot and len(self.holders) < HOLDERS:
            self.holders.append(job)
        if job.state is JobState.QUEUED and job.waits_for is None and job.due_at is not None:
            longest = self.waiting.due_at if self.waiting is not None else None
            if longest is None or job.due_at < longest:
                self.waiting = job


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditGate:
    """Reads only."""

    jobs: JobReader
    gates: GateStore

    def __call__(self, before: Gate | None, at: AtGate, now: float) -> Iterator[Finding | None]:
        """Rows first, then the gate again: what only the older reading shows has been settled."""
        if before is None:
            return
        moved = [self.jobs.get(job.id) for job in at.holders]
        gate = self.gates.get(before.id) or before
        yield from judge_gate(gate, now=now)
        yield judge_spending(gate, at.paid)
        yield judge_queue(gate, at.waiting, now=now)
        for slot in gate.slots:
            if before.slot_of(slot.job_id, slot.attempt) is not None:
                yield judge_slot(slot, self.jobs.get(slot.job_id), now=now)
        for job in filter(None, moved):
            missing = judge_holder(job, gate, now=now)
            if missing is not None and self.jobs.get(job.id) == job:
                yield missing
