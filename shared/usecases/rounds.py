"""One round of the poller: slots first, then the queue, then chores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from shared.domain import breaker
from shared.domain import gate as rules
from shared.domain.gate import Denied, Gate, Slot
from shared.domain.job import Job
from shared.domain.state import JobState
from shared.ports.errors import ConflictError, PortError
from shared.ports.stores import JobStore, Lane
from shared.usecases.advance_job import AdvanceJob
from shared.usecases.deliver import Deliver
from shared.usecases.follow_task import FollowTask
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.sweep_uploads import SweepUploads

CHORES: Final = 10
"""How many chores one round does at most, so that the slot never waits for them."""

TROUBLE_NAP: Final = 1.0
"""Seconds before the next round when a service did not answer in this one."""

AHEAD: Final = 7 * 24 * 3600.0
"""How far the due lists are read ahead, seconds: whoever leaves must know when to come back, also
for a job that nobody has to look at for hours. One row is read however far away it is."""

NO_QUOTA_NAP: Final = 120.0
"""Seconds between looks at a queue that only a new budget can move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round did: jobs moved, seconds until the next thing is due (None:
    nothing), and the wake-up counter as it was before the round looked.
    """

    moved: int
    next_due: float | None
    wake: int


class _Tally:
    """Counts what moved; one service's trouble is not the others'."""

    def __init__(self) -> None:
        self.moved = 0
        self.trouble = False

    def run(self, step: Callable[[], int]) -> None:
        try:
            self.moved += step()
        except PortError:
            # A slot that could not be asked is asked again in the next round.
            self.trouble = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """Makes rounds. `window` is the most tasks ever kept at the provider."""

    gatekeeper: Gatekeeper
    jobs: JobStore
    follow: FollowTask
    advance: AdvanceJob
    deliver: Deliver
    sweep: SweepUploads
    window: int

    def __call__(self) -> Round:
        """One round. Raises RetryableError, ConflictError; the next round starts afresh."""
        now = self.gatekeeper.clock.now()
        gate = self.gatekeeper.change(lambda g: breaker.widened(g, most=self.window, now=now))
        tally = _Tally()
        if self.sweep.is_due(gate, now):
            tally.run(partial(self.sweep, gate))
        for slot in gate.slots:
            tally.run(partial(self._slot, slot, now))
        tally.run(partial(self._fill, now))
        for job in self.jobs.due(Lane.CHORE, before=now, limit=CHORES):
            tally.run(partial(self._chore, job))
        gate = self.deliver.account(self.gatekeeper.load())
        due = self._next_due(gate)
        if tally.trouble:
            due = max(due or 0.0, TROUBLE_NAP)
        return Round(moved=tally.moved, next_due=due, wake=gate.wake)

    def _slot(self, slot: Slot, now: float) -> int:
        """Look after one occupied slot; a slot without a job at the provider is a leftover."""
        job = self.jobs.get(slot.job_id)
        if job is not None and job.attempt == slot.attempt and job.state.holds_slot:
            if job.state is not JobState.RUNNING:
                return 0
            if slot.task_id is None and job.task is not None:
                self.advance.submit.taken(job, job.task)
            if slot.next_look_at is None or slot.next_look_at <= now:
                return int(self.follow(job).version != job.version)
            return 0
        return self._leftover(slot, job)

    def _leftover(self, slot: Slot, job: Job | None) -> int:
        """The slot outlived its attempt: a crash came between the job's write and the gate's.

        A job that has not come as far as SUBMITTING may have a process on its way to it: the job
        is written first, so that this process loses its race and never posts.
        """
        if job is not None and job.attempt == slot.attempt and job.state is JobState.QUEUED:
            age = self.gatekeeper.clock.now() - slot.taken_at
            if age < rules.POST_SECONDS or not self.advance.fenced(job):
                return 0
        billed = job is not None and job.attempt == slot.attempt and job.saw_succeeded
        self.gatekeeper.release(slot.job_id, slot.attempt, billed=billed)
        return 1

    def _fill(self, now: float) -> int:
        """Put queued jobs into free slots, earliest due first."""
        moved = 0
        for job in self.jobs.due(Lane.QUEUE, before=now, limit=self.window + 2):
            after, denied = self._towards_provider(job)
            moved += int(after.version != job.version)
            if denied is not None and denied.reason not in {"lost race", rules.UNDER_WAY}:
                break
        return moved

    def _towards_provider(self, job: Job) -> tuple[Job, Denied | None]:
        """One that cannot be prepared now goes behind the others, so that it holds up nobody."""
        try:
            return self.advance.towards_provider(job)
        except ConflictError:
            return job, None
        except PortError:
            self.advance.put_off(job)
            return job, None

    def _chore(self, job: Job) -> int:
        try:
            return int(self.advance(job).version != job.version)
        except ConflictError:
            return 0
        except PortError:
            self.advance.put_off(job)
            return 0

    def _next_due(self, gate: Gate) -> float | None:
        """Seconds until a slot, a queued job or a chore wants to be looked at."""
        now = self.gatekeeper.clock.now()
        times = [s.next_look_at or now for s in gate.slots if s.task_id is not None]
        if gate.intent is not None:
            times.append(max(now + 1.0, gate.intent.post_not_after))
        queued = self.jobs.due(Lane.QUEUE, before=now + AHEAD, limit=1)
        times += [self._servable_at(gate, job, now) for job in queued]
        chores = self.jobs.due(Lane.CHORE, before=now + AHEAD, limit=1)
        times += [job.due_at for job in chores if job.due_at is not None]
        return max(0.0, min(times) - now) if times else None

    def _servable_at(self, gate: Gate, job: Job, now: float) -> float:
        """When the gate may have room for the job; unprepared ones are prepared meanwhile."""
        due = job.due_at or now
        denied = rules.refusal(gate, now)
        if denied is None:
            return due
        if denied.retry_at is not None:
            return max(due, denied.retry_at)
        if denied.reason in {"quota", "stopped"}:
            # Only a person can help, and a person's command wakes the poller.
            return now + NO_QUOTA_NAP
        return max(due, now + 1.0)
