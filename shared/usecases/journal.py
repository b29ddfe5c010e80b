"""Jobs change here and nowhere else: decide, write on condition, then perform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from shared.domain import policy
from shared.domain.job import Job, Source
from shared.domain.machine import TRANSITIONS, Decision, decide, new_job
from shared.domain.signals import Signal
from shared.ports.chance import Chance
from shared.ports.clock import Clock
from shared.ports.errors import ConflictError
from shared.ports.ids import IdSource
from shared.ports.stores import JobStore
from shared.usecases.writing import write

CONTENDERS: Final = 8
"""How many lost races `settle` stands before it lets the next visit do it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Applies signals to jobs, one conditional write each."""

    jobs: JobStore
    clock: Clock
    ids: IdSource
    chance: Chance

    def later(self, tries: int, *, at_least: float = 0.0, asked: float | None = None) -> float:
        """When to come again after so many tries in vain; *asked* is what the service asked for."""
        waits = policy.backoff(tries, self.chance.fraction(), asked=asked or 0.0)
        return self.clock.now() + max(at_least, waits)

    def accept(self, source: Source, *, place: int = 0) -> tuple[Job, bool]:
        """The job of an upload, at its place in the line; and whether it is new."""
        return self.add(new_job(source, nonce=self.ids.new(), now=self.clock.now(), place=place))

    def add(self, job: Job) -> tuple[Job, bool]:
        """The job as it stands, and whether it was not there before."""
        try:
            write(job, perform=self.jobs.add, read=lambda: self.jobs.get(job.id), clock=self.clock)
        except ConflictError:
            found = self.jobs.get(job.id)
            if found is None:
                raise
            return found, False
        return job, True

    def apply(self, job: Job, signal: Signal) -> Job:
        """The job after the signal, written.

        Raises:
            ConflictError: the job has changed since it was read; nothing was written.
            IllegalTransitionError: the signal has no meaning in the job's state.
        """
        decision = decide(job, signal, nonce=self.ids.new(), now=self.clock.now())
        return self._written(job, decision)

    def settle(self, job: Job, signal: Signal, *, when: Callable[[Job], bool]) -> Job:
        """Apply a fact that holds whoever else writes: read again and retry after a lost race.

        Gives the job as it stands once the signal is written, or *when* no longer holds.
        """
        for _ in range(CONTENDERS):
            if not when(job) or (job.state, type(signal)) not in TRANSITIONS:
                return job
            try:
                return self.apply(job, signal)
            except ConflictError:
                found = self.jobs.get(job.id)
                if found is None:
                    raise
                job = found
        raise ConflictError(f"job {job.id} is being written by too many at once")

    def _written(self, job: Job, decision: Decision) -> Job:
        return self.written_over(job, decision.job) if decision.changed else job

    def written_over(self, job: Job, row: Job) -> Job:
        """*row*, written in the place of *job*. Raises ConflictError.

        Its version alone could be that of a later row of the same name, after an archiving.
        """
        return write(
            row,
            perform=lambda new: self.jobs.replace(
                new, expected_version=job.version, expected_nonce=job.nonce
            ),
            read=lambda: self.jobs.get(job.id),
            clock=self.clock,
        )
