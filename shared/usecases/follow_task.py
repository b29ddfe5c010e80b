"""How a task at the provider stands, and what that means for its job and its slot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from shared.domain import breaker, policy
from shared.domain import gate as rules
from shared.domain.endings import RESULT_EXPIRED, TASK_CANCELED
from shared.domain.failure import Failure, FailureKind
from shared.domain.gate import Gate, Slot
from shared.domain.job import Job
from shared.domain.signals import (
    OutcomeUnknown,
    PutOff,
    Signal,
    TaskFailed,
    TaskFailedForNow,
    TaskSucceeded,
    TaskVanished,
)
from shared.domain.state import JobState
from shared.ports.tasks import TaskReport, TaskService, TaskStatus
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal
from shared.usecases.perform import Perform

UNKNOWN_PATIENCE: Final = 60.0
"""For how long a task that the provider says it does not know keeps its slot."""

_WAITING = frozenset(
    {TaskStatus.PENDING, TaskStatus.RUNNING, TaskStatus.SUSPENDED, TaskStatus.STRANGE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowTask:
    """Asks after one task and writes down what is new."""

    journal: Journal
    gatekeeper: Gatekeeper
    perform: Perform
    tasks: TaskService

    def __call__(self, job: Job) -> Job:
        """The job after one look. Raises RetryableError where the provider did not answer."""
        if job.state is not JobState.RUNNING or job.task is None:
            return job
        report = self.tasks.fetch(job.task.task_id)
        signal = self._meaning(job, report)
        if signal is None:
            self._look_again(job, report)
            return job
        attempt = job.attempt
        job = self.journal.settle(
            job,
            signal,
            when=lambda found: found.state is JobState.RUNNING and found.attempt == attempt,
        )
        self._learn(report)
        return self.perform(job)

    def _meaning(self, job: Job, report: TaskReport) -> Signal | None:
        now, task = self.journal.clock.now(), job.task
        if task is None or report.status in _WAITING:
            return None
        if report.status is TaskStatus.SUCCEEDED:
            ended = report.ended_at or now
            deadline = policy.result_deadline(task, ended_at=ended, expires_at=report.expires_at)
            return TaskSucceeded(ended, deadline)
        if report.status is TaskStatus.UNKNOWN:
            return self._unknown(job, now)
        if task.by_likeness:
            # A stranger's task may fail, and ours succeed.
            return OutcomeUnknown(now, None)
        failure = report.failure or TASK_CANCELED
        return self._failed(job, failure, now)

    def _unknown(self, job: Job, now: float) -> Signal | None:
        """Within 24 h the word proves nothing (protocol 10): the job waits, its slot does not."""
        if job.task is None or now >= job.task.deadline:
            return TaskVanished(RESULT_EXPIRED)
        if now - job.task.accepted_at > UNKNOWN_PATIENCE:
            self.gatekeeper.release(job.id, job.attempt, billed=True)
            return PutOff(min(job.task.deadline, now + policy.RUNNING_CHECK))
        return None

    def _failed(self, job: Job, failure: Failure, now: float) -> Signal:
        if failure.kind is FailureKind.STOP:
            self.gatekeeper.change(lambda gate: breaker.tripped(gate, failure, now=now))
            return TaskFailedForNow(failure, now)
        bounded = job.retries < policy.MAX_RETRIES
        if failure.kind in {FailureKind.RETRY, FailureKind.ADJUST} and bounded:
            return TaskFailedForNow(failure, now + policy.backoff(job.retries, job.id))
        return TaskFailed(failure)

    def _look_again(self, job: Job, report: TaskReport) -> None:
        now = self.journal.clock.now()
        self.gatekeeper.change(lambda gate: _next_look(gate, job, report, now))

    def _learn(self, report: TaskReport) -> None:
        if report.status is not TaskStatus.SUCCEEDED:
            return
        if report.scheduled_at is None or report.ended_at is None:
            return
        seconds = max(0.0, report.ended_at - report.scheduled_at)
        now = self.journal.clock.now()
        self.gatekeeper.change(lambda gate: _head_started(rules.learned(gate, seconds), now))


def _next_look(gate: Gate, job: Job, report: TaskReport, now: float) -> Gate:
    slot = gate.slot_of(job.id, job.attempt)
    if slot is None:
        return gate
    running = report.status is TaskStatus.RUNNING
    slot = replace(
        slot, running_since=slot.running_since or (now if running else None), looks=slot.looks + 1
    )
    return rules.looked(
        gate,
        job.id,
        job.attempt,
        running_since=slot.running_since,
        looks=slot.looks,
        next_look_at=_when(gate, slot, now),
    )


def _when(gate: Gate, slot: Slot, now: float) -> float:
    """A task behind another cannot end before that one has: it is left alone meanwhile."""
    ahead = any(s.running_since is not None for s in gate.slots if s != slot)
    if slot.running_since is None and ahead:
        return now + max(5.0, gate.pace.mean)
    return policy.next_look(slot, gate.pace, now=now)


def _head_started(gate: Gate, now: float) -> Gate:
    """With one task out of the way, the next one that waits at the provider runs."""
    if any(slot.running_since is not None for slot in gate.slots):
        return gate
    waiting = [slot for slot in gate.slots if slot.task_id is not None]
    if not waiting:
        return gate
    first = min(waiting, key=lambda slot: slot.accepted_at or slot.taken_at)
    begun = replace(first, running_since=now)
    looked = policy.next_look(begun, gate.pace, now=now)
    return rules.looked(gate, first.job_id, first.attempt, running_since=now, next_look_at=looked)
