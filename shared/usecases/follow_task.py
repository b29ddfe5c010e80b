"""How a task at the provider stands, and what that means for its job and its slot."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from shared.domain import breaker, policy
from shared.domain import gate as rules
from shared.domain.effects import ReleaseSlot
from shared.domain.endings import (
    RESULT_EXPIRED,
    TASK_CANCELED,
    TASK_NEVER_ENDED,
    TASKS_UNKNOWN,
    given_up,
)
from shared.domain.failure import Failure, FailureKind
from shared.domain.gate import Gate, Slot
from shared.domain.job import Job, Task
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
from shared.ports.errors import ForbiddenError, PortError
from shared.ports.tasks import TaskReport, TaskService, TaskStatus
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal
from shared.usecases.perform import Perform
from shared.usecases.submit_task import SubmitTask
from shared.usecases.task_list import TaskList

UNKNOWN_PATIENCE: Final = 60.0
"""For how long a task that the provider says it does not know keeps its slot."""

PROBED_SPAN: Final = 60.0
"""Of which seconds the list is asked for when only the answer counts."""

_WAITING = frozenset(
    {TaskStatus.PENDING, TaskStatus.RUNNING, TaskStatus.SUSPENDED, TaskStatus.STRANGE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is known to one who asks after the task of a slot: the gate as just read, and who may
    have the slot next, as read after that.
    """

    gate: Gate
    slot: Slot
    standby: Job | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowTask:
    """Asks after one task and writes down what is new; the slot of one that has ended goes to
    whoever stands by, before anything else is done.
    """

    journal: Journal
    gatekeeper: Gatekeeper
    perform: Perform
    submit: SubmitTask
    tasks: TaskService
    listing: TaskList

    def __call__(self, job: Job, look: Look | None = None) -> Job:
        """The job after one look. Raises RetryableError where the provider did not answer."""
        if job.state is not JobState.RUNNING or job.task is None:
            return job
        before = look.gate if look is not None else self.gatekeeper.load()
        report = self._asked(job.task)
        self._heard(before, report)
        signal = self._meaning(job, report)
        if signal is None:
            self._begun(look, report)
            return job
        attempt = job.attempt
        job = self.journal.settle(
            job,
            signal,
            when=lambda found: found.state is JobState.RUNNING and found.attempt == attempt,
        )
        self._hand_over(job, attempt, report, look)
        return self.perform(job)

    def knows_nothing_of(self, task: Task) -> bool:
        """Whether the provider no longer has the task. Raises RetryableError."""
        return self.tasks.fetch(task.task_id).status is TaskStatus.UNKNOWN

    def probe(self) -> int:
        """Ask a question that costs nothing, after questions were refused: 1 where it is over."""
        before, now = self.gatekeeper.load(), self.journal.clock.now()
        try:
            self.tasks.list(since=now - PROBED_SPAN, until=now, page=1)
        except ForbiddenError as error:
            self._refused(error, probing=True)
            return 0
        self.gatekeeper.change(lambda gate: breaker.answered(gate, before, now=now))
        return 1

    def _asked(self, task: Task) -> TaskReport:
        try:
            return self.tasks.fetch(task.task_id)
        except ForbiddenError as error:
            self._refused(error)
            raise

    def _heard(self, before: Gate, report: TaskReport) -> None:
        """The provider told something of a task of ours: this is its account, the key is good."""
        if report.status is TaskStatus.UNKNOWN:
            return
        now = self._now()
        if breaker.answered(before, before, now=now) != before:
            self.gatekeeper.change(lambda found: breaker.answered(found, before, now=now))

    def _now(self) -> float:
        return self.journal.clock.now()

    def _refused(self, error: ForbiddenError, *, probing: bool = False) -> None:
        """A key that is refused here is refused for submissions, too: none is tried in vain."""
        failure, now = error.failure, self.journal.clock.now()
        if failure is not None:
            self.gatekeeper.change(
                lambda gate: breaker.tripped(gate, failure, now=now, by_query=True, probed=probing)
            )

    def _meaning(self, job: Job, report: TaskReport) -> Signal | None:
        now, task = self.journal.clock.now(), job.task
        if task is None:
            return None
        if report.status in _WAITING:
            return self._waiting(job, task, now)
        if report.status is TaskStatus.SUCCEEDED:
            ended = report.ended_at or now
            deadline = policy.result_deadline(task, ended_at=ended, expires_at=report.expires_at)
            return TaskSucceeded(ended, deadline)
        if report.status is TaskStatus.UNKNOWN:
            return self._unknown(job, task, now)
        if task.by_likeness:
            # A stranger's task may fail, and ours succeed.
            return OutcomeUnknown(now, None)
        return self._failed(job, report.failure or TASK_CANCELED, now)

    def _waiting(self, job: Job, task: Task, now: float) -> Signal | None:
        """A task that hangs is followed to the end of its life, but holds up nobody."""
        if now >= task.deadline + policy.END_LIFE:
            return TaskVanished(TASK_NEVER_ENDED)
        if now - task.accepted_at > policy.LONGEST_TASK:
            return self._without_slot(job, task, now)
        return None

    def _without_slot(self, job: Job, task: Task, now: float) -> Signal:
        self.gatekeeper.release(job.id, job.attempt, billed=True)
        last = task.deadline if now < task.deadline else now + policy.RUNNING_CHECK
        return PutOff(min(last, now + policy.RUNNING_CHECK))

    def _unknown(self, job: Job, task: Task, now: float) -> Signal | None:
        """Within 24 h the word proves nothing (protocol 10): the job waits, its slot does not.

        A task that the list shows is there all the same. One that a whole list does not show may
        be another account's, whose key we were given.
        """
        if now >= task.deadline:
            return TaskVanished(RESULT_EXPIRED)
        if now - task.accepted_at <= UNKNOWN_PATIENCE:
            return None
        around = UNKNOWN_PATIENCE + abs(task.skew)
        listed = self.listing.between(task.accepted_at - around, task.accepted_at + around)
        if listed is not None and all(found.task_id != task.task_id for found in listed):
            doubt = partial(breaker.doubted, job_id=job.id, failure=TASKS_UNKNOWN, now=now)
            self.gatekeeper.change(doubt)
        return self._without_slot(job, task, now)

    def _failed(self, job: Job, failure: Failure, now: float) -> Signal:
        if failure.kind is FailureKind.STOP:
            self.gatekeeper.change(lambda gate: breaker.tripped(gate, failure, now=now))
            return TaskFailedForNow(failure, now)
        if failure.kind is FailureKind.TERMINAL:
            return TaskFailed(failure)
        if job.retries < policy.retries_for(failure.code):
            return TaskFailedForNow(failure, self.journal.later(job.retries, at_least=1.0))
        return TaskFailed(given_up(failure, job.retries + 1))

    def _begun(self, look: Look | None, report: TaskReport) -> None:
        """Note when the task was first seen to run; other looks leave no trace."""
        if look is None or look.slot.running_since or report.status is not TaskStatus.RUNNING:
            return
        slot, now = look.slot, self.journal.clock.now()
        self.gatekeeper.change(
            lambda gate: rules.looked(gate, slot.job_id, slot.attempt, running_since=now)
        )

    def _hand_over(self, job: Job, attempt: int, report: TaskReport, look: Look | None) -> None:
        """The slot changes hands in one write of the gate. What of it fails is made up for by the
        job's own effects, and by the next round.
        """
        releases = (e for e in job.pending if isinstance(e, ReleaseSlot) and e.attempt == attempt)
        billed = next((effect.billed for effect in releases), None)
        seconds, now = _seconds(report), self.journal.clock.now()

        def freed(gate: Gate) -> Gate:
            if billed is not None:
                gate = rules.released(gate, job.id, attempt, billed=billed, now=now)
            gate = gate if seconds is None else rules.learned(gate, seconds)
            return _head_started(gate, now)

        with suppress(PortError):
            if look is None or look.standby is None:
                self.gatekeeper.change(freed)
            else:
                self.submit(look.standby, first=freed, known=look.gate)


def _seconds(report: TaskReport) -> float | None:
    """What the task took, where it tells how long tasks take."""
    if report.status is not TaskStatus.SUCCEEDED:
        return None
    if report.scheduled_at is None or report.ended_at is None:
        return None
    return max(0.0, report.ended_at - report.scheduled_at)


def _head_started(gate: Gate, now: float) -> Gate:
    """With one task out of the way, the next one that waits at the provider runs."""
    if any(slot.running_since is not None for slot in gate.slots):
        return gate
    waiting = [slot for slot in gate.slots if slot.task_id is not None]
    if not waiting:
        return gate
    first = min(waiting, key=lambda slot: slot.accepted_at or slot.taken_at)
    return rules.looked(gate, first.job_id, first.attempt, running_since=now)
