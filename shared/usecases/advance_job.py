"""The next step of a job, whatever its state: what submit and the poller both do."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace

from shared.domain import policy
from shared.domain.endings import FINALIZER_FAILED, RESULT_EXPIRED
from shared.domain.gate import Denied
from shared.domain.job import Job
from shared.domain.quota import holding
from shared.domain.signals import FinalizeDue, OutcomeUnknown, PutOff, ResultUnusable, TaskVanished
from shared.domain.state import JobState
from shared.ports.errors import ConflictError
from shared.usecases.deliver import Deliver
from shared.usecases.follow_task import FollowTask
from shared.usecases.perform import Perform
from shared.usecases.places import Places
from shared.usecases.prepare_job import PrepareJob
from shared.usecases.settle_uncertain import SettleUncertain
from shared.usecases.submit_task import SubmitTask

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceJob:
    """Takes one job one step further. Every step is safe to repeat."""

    prepare: PrepareJob
    submit: SubmitTask
    follow: FollowTask
    settle: SettleUncertain
    perform: Perform
    deliver: Deliver
    places: Places

    def __call__(self, job: Job) -> Job:
        """The job after what is due for it. Raises ConflictError, RetryableError."""
        job = self.perform(job)
        match job.state:
            case JobState.QUEUED if job.waits_for is None:
                job = self._back_in_line(job)
            case JobState.QUEUED:
                job, _ = self.towards_provider(job)
            case JobState.SUBMITTING:
                job = self._left_behind(job)
            case JobState.UNCERTAIN:
                job = self.settle(job)
            case JobState.RUNNING:
                job = self._without_slot(job)
            case JobState.FINALIZING:
                job = self._finalize_again(job)
            case _:
                job = self._owed(job)
        return job

    def first_steps(self, job: Job) -> Job:
        """What the submit function does at once: only for a job that waits, or has just ended."""
        if job.state is JobState.QUEUED and job.waits_for is None:
            return self.towards_provider(job, newcomer=True)[0]
        return self._owed(self.perform(job)) if job.state.is_final else job

    def towards_provider(self, job: Job, *, newcomer: bool = False) -> tuple[Job, Denied | None]:
        """A QUEUED job: prepare it, find its equals, and submit it if the gate has room.

        A *newcomer* does not pass those that wait already.
        """
        job = self.prepare(self.perform(job))
        if job.state is JobState.QUEUED and job.waits_for is None and not job.pending:
            return self.submit(job, newcomer=newcomer)
        return self.deliver(self.perform(job)), None

    def fenced(self, job: Job) -> bool:
        """Write the job, so that whoever still holds its old version can no longer post."""
        now = self.prepare.journal.clock.now()
        try:
            self.prepare.journal.apply(job, PutOff(now))
        except ConflictError:
            return False
        return True

    def put_off(self, job: Job) -> Job:
        """The job after a service was in the way: somebody comes back to it later, each time a
        little later. As it was where it has changed meanwhile. Raises RetryableError.
        """
        tries = int(max(0.0, job.changed_at - job.created_at))
        until = self.prepare.journal.later(min(6, tries.bit_length()), at_least=1.0)
        with suppress(ConflictError):
            return self.prepare.journal.apply(job, PutOff(until))
        return job

    def _back_in_line(self, job: Job) -> Job:
        """One that was put off, or tries again: nobody passes the line, but nobody starts anew."""
        place = self.places.again(job.source.key, job.place)
        now = self.prepare.journal.clock.now()
        return self.prepare.journal.apply(job, PutOff(now, place=place))

    def hold(self, job: Job, prefix: str) -> Job:
        """Out of the line until there is something left of the prefix's quota."""
        now = self.prepare.journal.clock.now()
        self.submit.gatekeeper.change(
            lambda gate: replace(gate, quota=holding(gate.quota, prefix, holds=True))
        )
        return self.prepare.journal.apply(job, PutOff(now, held_by=prefix))

    def _left_behind(self, job: Job) -> Job:
        """SUBMITTING beyond its lease: its process is gone, and its POST may have been sent."""
        now = self.prepare.journal.clock.now()
        return self.settle(self.prepare.journal.apply(job, OutcomeUnknown(now, None)))

    def _without_slot(self, job: Job) -> Job:
        followed = self.follow(job)
        if followed.version == job.version:
            now = self.prepare.journal.clock.now()
            followed = self.prepare.journal.apply(job, PutOff(now + policy.RUNNING_CHECK))
        return followed

    def _finalize_again(self, job: Job) -> Job:
        now = self.prepare.journal.clock.now()
        if job.due_at is not None and job.due_at > now:
            return job
        if self._is_gone(job, now):
            signal = TaskVanished(RESULT_EXPIRED)
            return self._owed(self.perform(self.prepare.journal.apply(job, signal)))
        if job.finalize_attempt >= policy.MAX_FINALIZES and job.raw is not None:
            ended = self.prepare.journal.apply(job, ResultUnusable(FINALIZER_FAILED))
            return self._owed(self.perform(ended))
        return self.perform(self.prepare.journal.apply(job, FinalizeDue()))

    def _is_gone(self, job: Job, now: float) -> bool:
        """Beyond the earliest end that anybody names the provider may still have it: it is asked
        before a paid result is given up (law 3).
        """
        if job.raw is not None or job.task is None:
            return False
        ended = job.task.ended_at or job.task.accepted_at
        if now - ended > policy.AT_RISK:
            facts = {"job_id": job.id, "ended_ago": round(now - ended)}
            _log.warning("a paid result is at risk", extra={"facts": facts})
        return now > job.task.deadline and self.follow.knows_nothing_of(job.task)

    def _owed(self, job: Job) -> Job:
        """A final job: deliver what the outbox holds; what fails is due again later."""
        delivered = self.deliver(job)
        still = delivered.pending or delivered.outbox
        if still and delivered.version == job.version:
            now = self.prepare.journal.clock.now()
            delivered = self.prepare.journal.apply(job, PutOff(now + policy.CHORE_LEASE))
        return delivered
