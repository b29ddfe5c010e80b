"""Planted bugs about what is posted, counted and paid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.domain import gate as rules
from shared.domain.failure import FailureKind
from shared.domain.gate import Denied, Gate, Intent, Permit
from shared.domain.job import Job, Task
from shared.domain.machine import decide
from shared.domain.signals import (
    AbsenceProved,
    OutcomeUnknown,
    PermitGranted,
    Signal,
    SubmitPutOff,
    TaskAccepted,
    TaskFailedForNow,
    TaskVanished,
)
from shared.ports.errors import OutcomeUnknownError, PortError, RefusedError
from shared.ports.tasks import Accepted, ListedTask, Submission
from shared.usecases.contents import Contents
from shared.usecases.follow_task import FollowTask
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal
from shared.usecases.settle_uncertain import SettleUncertain
from shared.usecases.submit_task import SubmitTask


class PostsAfterUnknown(Journal):
    __slots__ = ()

    def apply(self, job: Job, signal: Signal) -> Job:
        if isinstance(signal, OutcomeUnknown):
            signal = SubmitPutOff(self.clock.now(), "surely not sent")
        return Journal.apply(self, job, signal)


class SameAttempt(Journal):
    __slots__ = ()

    def apply(self, job: Job, signal: Signal) -> Job:
        made = decide(job, signal, nonce=self.ids.new(), now=self.clock.now())
        if isinstance(signal, SubmitPutOff | TaskFailedForNow | AbsenceProved):
            made = replace(made, job=replace(made.job, attempt=job.attempt))
        return self._written(job, made)


class GivesBackTheUncertain(SubmitTask):
    """A grant that was lost to another is taken back, though the row may be uncertain by it."""

    __slots__ = ()

    def _given_back(self, job: Job, intent: Intent) -> None:
        def withdrawn(gate: Gate) -> Gate:
            mine = gate.intent == intent
            return rules.released(gate, job.id, job.attempt, billed=False) if mine else gate

        self.gatekeeper.change(withdrawn)


class NoIntent(Gatekeeper):
    __slots__ = ()

    def permit(self, job: Job, **how: Any) -> Permit | Denied:
        asked = Gatekeeper.permit(self, job, **how)
        if isinstance(asked, Permit):
            self.change(lambda gate: replace(gate, intent=None))
        return asked


class ManyIntents(Gatekeeper):
    __slots__ = ()

    def permit(self, job: Job, **how: Any) -> Permit | Denied:
        self.change(lambda gate: replace(gate, intent=None))
        return Gatekeeper.permit(self, job, **how)


class NoPace(Gatekeeper):
    __slots__ = ()

    def permit(self, job: Job, **how: Any) -> Permit | Denied:
        self.change(lambda gate: replace(gate, posts=()))
        return Gatekeeper.permit(self, job, **how)


class ReleasesAnother(Gatekeeper):
    """A slot is given back without its key."""

    __slots__ = ()

    def release(self, job_id: str, attempt: int, *, billed: bool) -> None:
        self.change(lambda gate: replace(gate, slots=gate.slots[1:]))


class LeaksReservation(Gatekeeper):
    __slots__ = ()

    def release(self, job_id: str, attempt: int, *, billed: bool) -> None:
        def leak(gate: Gate) -> Gate:
            freed = rules.released(gate, job_id, attempt, billed=billed)
            return replace(freed, quota=gate.quota)

        self.change(leak)


class SpendsTwice(Gatekeeper):
    """A release repeated counts again."""

    __slots__ = ()

    def release(self, job_id: str, attempt: int, *, billed: bool) -> None:
        def twice(gate: Gate) -> Gate:
            freed = rules.released(gate, job_id, attempt, billed=billed)
            return replace(freed, quota=replace(freed.quota, spent=gate.quota.spent + int(billed)))

        self.change(twice)


class ForgetsSpending(Gatekeeper):
    __slots__ = ()

    def release(self, job_id: str, attempt: int, *, billed: bool) -> None:
        Gatekeeper.release(self, job_id, attempt, billed=False)


class AbsentAtOnce(SettleUncertain):
    __slots__ = ()

    def _absent(self, job: Job, listed: Any, now: float) -> Signal:
        return AbsenceProved(now)


class TakesAnyTask(SettleUncertain):
    """An unclaimed look at the list: whose task it is, is not asked."""

    __slots__ = ()

    def _may_be_ours(self, job: Job, task: ListedTask) -> bool:
        return True

    def _claimed(self, job: Job, task: ListedTask) -> bool:
        return True


class BrokenListProves(SettleUncertain):
    __slots__ = ()

    def _listed(self, job: Job, intended: float) -> list[ListedTask]:
        try:
            return SettleUncertain._listed(self, job, intended) or []
        except PortError:
            return []

    def _absent(self, job: Job, listed: Any, now: float) -> Signal:
        return AbsenceProved(now) if not listed else SettleUncertain._absent(self, job, listed, now)


class PostsWithoutRow(SubmitTask):
    """The POST goes out before the job's row says so."""

    __slots__ = ()

    def __call__(self, job: Job, **how: Any) -> tuple[Job, Denied | None]:
        permit = self.gatekeeper.permit(job)
        if isinstance(permit, Denied):
            return job, permit
        signal = self._posted(job, permit.intent)
        granted = PermitGranted(permit.intent.post_not_after, self.key_fingerprint)
        job = self.journal.apply(self.journal.apply(job, granted), signal)
        if isinstance(signal, TaskAccepted):
            self.taken(job, signal.task)
        return self.perform(job), None


class PostsAgain(SubmitTask):
    """A time-out is answered by another POST."""

    __slots__ = ()

    def _posted(self, job: Job, intent: Any) -> Signal:
        made = SubmitTask._posted(self, job, intent)
        return SubmitTask._posted(self, job, intent) if isinstance(made, OutcomeUnknown) else made


class UnknownMeansFailed(FollowTask):
    __slots__ = ()

    def _unknown(self, job: Job, task: Task, now: float) -> Signal | None:
        return TaskFailedForNow(_failure("TaskUnknown"), now)


class UnknownMeansLost(FollowTask):
    __slots__ = ()

    def _unknown(self, job: Job, task: Task, now: float) -> Signal | None:
        return TaskVanished(_failure("TaskUnknown"))


class EveryoneLeads(Contents):
    __slots__ = ()

    def join(self, job: Job, content_id: str) -> Signal | None:
        return None


class Chatty:
    """The signed URL goes into a message that is kept."""

    def __init__(self, tasks: Any) -> None:
        self._tasks = tasks

    def submit(self, submission: Submission, *, timeout: float) -> Accepted:
        try:
            accepted: Accepted = self._tasks.submit(submission, timeout=timeout)
        except RefusedError as error:
            told = f"{error.failure.message} for {submission.inputs['image_url']}"
            failure = replace(error.failure, message=told)
            raise RefusedError(failure, throttled=error.throttled) from None
        return accepted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tasks, name)


class ByStatus(Chatty):
    """Every refusal looks like one that passes: the code is not read."""

    def submit(self, submission: Submission, *, timeout: float) -> Accepted:
        try:
            accepted: Accepted = self._tasks.submit(submission, timeout=timeout)
        except RefusedError as error:
            failure = replace(error.failure, kind=FailureKind.RETRY)
            raise RefusedError(failure, throttled=True) from None
        return accepted


class Impatient(Chatty):
    """A lost answer counts as never sent."""

    def submit(self, submission: Submission, *, timeout: float) -> Accepted:
        try:
            accepted: Accepted = self._tasks.submit(submission, timeout=timeout)
        except OutcomeUnknownError as error:
            refused = replace(_failure("NoAnswer"), kind=FailureKind.RETRY)
            raise RefusedError(refused) from error
        return accepted


def _failure(code: str) -> Any:
    from tests.simulation.provider import failure

    return failure(FailureKind.RETRY, code)
