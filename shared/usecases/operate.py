"""What a person asks of the pipeline: retry jobs, pause and resume, change the budget.

None of it pays for a picture a second time, unless the person says so (protocol 10).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from shared.domain import breaker
from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.domain.line import MOST_PREFIXES
from shared.domain.quota import with_allotment
from shared.domain.signals import FinalizeAgain, PutOff, RetryAsked
from shared.domain.state import JobState
from shared.ports.errors import ConflictError, NotFoundError
from shared.ports.objects import ObjectStore
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import CONTENDERS, Journal
from shared.usecases.perform import Perform
from shared.usecases.recall import Recall
from shared.usecases.wake_poller import WakePoller

PAY_AGAIN: Final = "--pay-again"

LEFT_ALONE: Final = 60.0
"""Seconds after its time at which a job may be taken for left alone."""

OPERATOR: Final = "the operator"
"""Who asked, where nobody says."""


class Action(str, Enum):
    """What became of a wish to retry."""

    QUEUED = "queued"
    """A new attempt waits for the provider."""
    FINALIZING = "finalizing"
    """The raw result that is stored is finalized once more; nothing is paid."""
    LOOKED_AT = "looked at"
    """It was under way and nobody came; the poller looks at it now."""
    REFUSED = "refused"
    """Nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """The job after the wish; *why* tells why it was refused and what to do instead."""

    job: Job
    action: Action
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The gate before a command and after it."""

    before: Gate
    after: Gate

    @property
    def anything(self) -> bool:
        """Whether the command had anything to do."""
        return self.before.version != self.after.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Operate:
    """The operator's commands. Each may be repeated, and wakes the poller where it changed
    something. All raise PortError where a service is in the way.
    """

    journal: Journal
    recall: Recall
    gatekeeper: Gatekeeper
    perform: Perform
    wake: WakePoller
    objects: ObjectStore

    def retry(
        self, jobs: Sequence[Job], *, pay_again: bool, by: str = OPERATOR
    ) -> tuple[Retried, ...]:
        """Try each job again, or say why not; one that is refused holds up none of the others.

        Each job's time line says when, and *by* whom (protocol 10).
        """
        outcomes = tuple(self._retried(job, by, pay_again=pay_again) for job in jobs)
        if any(outcome.action is not Action.REFUSED for outcome in outcomes):
            self.wake()
        return outcomes

    def foreseen(self, job: Job, *, pay_again: bool) -> Retried:
        """What `retry` would do with the job; nothing is written."""
        if self._is_left_alone(job):
            return Retried(job=job, action=Action.LOOKED_AT)
        refused = _refusal(job, pay_again=pay_again) or self._unreadable(job)
        if refused:
            return Retried(job=job, action=Action.REFUSED, why=refused)
        return Retried(job=job, action=Action.QUEUED if job.raw is None else Action.FINALIZING)

    def _retried(self, job: Job, by: str, *, pay_again: bool) -> Retried:
        """Judged anew after every lost race, and when it came back from the archive: what is judged
        is what is written over.
        """
        for _ in range(CONTENDERS):
            foreseen = self.foreseen(job, pay_again=pay_again)
            if foreseen.action is Action.LOOKED_AT:
                return self._nudged(job)
            if foreseen.action is Action.REFUSED:
                return foreseen
            try:
                return self._asked(job, by, pay_again=pay_again)
            except ConflictError:
                job = self.recall(job)
        raise ConflictError(f"job {job.id} is being written by too many at once")

    def _asked(self, job: Job, by: str, *, pay_again: bool) -> Retried:
        note = f"retry asked by {by}{f' with {PAY_AGAIN}' if pay_again else ''}"
        if job.raw is None:
            queued = self.journal.apply(job, RetryAsked(note))
            return Retried(job=self.perform(queued), action=Action.QUEUED)
        finalizing = self.journal.apply(job, FinalizeAgain(note))
        return Retried(job=self.perform(finalizing), action=Action.FINALIZING)

    def _is_left_alone(self, job: Job) -> bool:
        """Whether somebody should have come to the job, and has not."""
        if job.due_at is None:
            return not job.state.is_final
        waits = job.state is JobState.QUEUED and job.waits_for is None
        return not waits and self.gatekeeper.clock.now() - job.due_at > LEFT_ALONE

    def _nudged(self, job: Job) -> Retried:
        """Due now: the poller, which is woken, does whatever is next for it."""
        now = self.gatekeeper.clock.now()
        nudged = self.journal.settle(job, PutOff(now), when=self._is_left_alone)
        return Retried(job=nudged, action=Action.LOOKED_AT)

    def _unreadable(self, job: Job) -> str:
        """Why the upload cannot be read once more ("" where it can); its pinned copy is gone."""
        try:
            info = self.objects.head(job.source.key)
        except NotFoundError:
            return "its upload was deleted; upload it again"
        same = info.etag.strip('"').upper() == job.source.etag.strip('"').upper()
        return "" if same else "its upload was replaced by a newer one, which is a job of its own"

    def pause(self, reason: str) -> Changed:
        """Nothing is posted any more. Fetching, saving and finalizing go on."""
        now = self.gatekeeper.clock.now()
        return self._changed(lambda gate: breaker.paused(gate, reason, now=now))

    def resume(self) -> Changed:
        """A pause, and a stop after an error, end at once."""
        now = self.gatekeeper.clock.now()
        return self._changed(lambda gate: breaker.resumed(gate, now=now))

    def sweep(self) -> None:
        """Uploads without a job are looked for at once; the poller is woken in any case."""
        self.gatekeeper.change(lambda gate: replace(gate, swept_at=0.0))
        self.wake()

    def set_budget(self, budget: int | None) -> Changed:
        """From now on *budget* pictures may be paid for in all (None: unlimited).

        A new budget warns anew when it runs low. One below what is spent and reserved lets
        nothing more through, and takes nothing back.
        """
        return self._changed(lambda gate: _budgeted(gate, budget))

    def set_allotment(self, prefix: str, budget: int | None) -> Changed:
        """Another budget for an upload prefix; its jobs that waited for it go on."""
        return self._changed(lambda gate: _allotted(gate, prefix, budget))

    def _changed(self, by: Callable[[Gate], Gate]) -> Changed:
        seen: list[Gate] = []

        def noted(gate: Gate) -> Gate:
            seen.append(gate)
            return by(gate)

        changed = Changed(after=self.gatekeeper.change(noted), before=seen[-1])
        if changed.anything:
            self.wake()
        return changed


def _refusal(job: Job, *, pay_again: bool) -> str:
    """Why the job may not be retried ("" where it may)."""
    if job.forgotten_at is not None:
        return "it was forgotten; upload the picture again"
    if job.state is JobState.DONE:
        return "it is DONE; there is nothing to retry"
    if job.state is JobState.REJECTED:
        failure = job.failure
        told = f": {failure.code}: {failure.message} {failure.remedy or ''}" if failure else ""
        return f"no retry can mend a rejected input{told}".rstrip()
    if not job.state.is_final:
        return f"it is {job.state}, under way by itself; see `maskline show`"
    if job.raw is None and job.saw_succeeded and not pay_again:
        return f"{_paid(job)}; another attempt may be paid for once more: say {PAY_AGAIN} if it may"
    return ""


def _paid(job: Job) -> str:
    if job.state is JobState.LOST:
        return "it was paid for, and its result is gone"
    return "whether it was paid for is not proven"


def _budgeted(gate: Gate, budget: int | None) -> Gate:
    if gate.quota.budget == budget:
        return gate
    return replace(gate, quota=replace(gate.quota, budget=budget, warned=False, alarmed=100))


def _allotted(gate: Gate, prefix: str, budget: int | None) -> Gate:
    """The same gate where the prefix is one too many: the row stays small."""
    known = [own.prefix for own in gate.quota.allotments]
    if prefix not in known and len(known) >= MOST_PREFIXES:
        return gate
    return replace(gate, quota=with_allotment(gate.quota, prefix, budget))
