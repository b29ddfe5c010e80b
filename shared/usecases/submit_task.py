"""One attempt goes to the provider, under the gate, and whatever comes back is written down.

    gate: intent ─▶ job: SUBMITTING ─▶ look at gate and clock ─▶ POST
    ─▶ claim of the task id ─▶ job: RUNNING ─▶ gate: intent closed

A crash behind any arrow leaves a row that says where it stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from shared.domain import breaker, policy
from shared.domain import gate as rules
from shared.domain.claim import Claim, task_claim_id
from shared.domain.endings import given_up
from shared.domain.failure import Failure, FailureKind
from shared.domain.gate import Denied, Gate, Intent
from shared.domain.job import Job, Pin, Task
from shared.domain.signals import (
    OutcomeUnknown,
    PermitGranted,
    Signal,
    SubmitPutOff,
    SubmitRefused,
    TaskAccepted,
)
from shared.domain.state import JobState
from shared.ports.errors import (
    ConflictError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
)
from shared.ports.objects import ObjectStore
from shared.ports.stores import ClaimStore
from shared.ports.tasks import Accepted, Submission, TaskService
from shared.usecases.gatekeeper import Change, Gatekeeper
from shared.usecases.journal import Journal
from shared.usecases.perform import Perform

URL_SECONDS: Final = 12 * 3600
"""The signed URL lives at least as long as a task may: 3 h at the provider, and then some."""

MARGIN: Final = 1.0
"""A POST is not begun with less than this left of its time."""

FIRST_LOOK: Final = 5.0
"""How soon the provider's list is asked after a POST whose outcome is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitTask:
    """Submits a prepared job if the gate lets it."""

    journal: Journal
    gatekeeper: Gatekeeper
    perform: Perform
    objects: ObjectStore
    claims: ClaimStore
    tasks: TaskService
    model: str
    key_fingerprint: str

    def __call__(
        self,
        job: Job,
        *,
        first: Change | None = None,
        known: Gate | None = None,
        newcomer: bool = False,
    ) -> tuple[Job, Denied | None]:
        """The job after the attempt, or as it was with the gate's reason for saying no.

        *first*, *known* and *newcomer*: see `Gatekeeper.permit`.
        """
        permit = self.gatekeeper.permit(
            job, stands=lambda: self._stands(job), first=first, known=known, newcomer=newcomer
        )
        if isinstance(permit, Denied):
            return job, permit
        granted = PermitGranted(permit.intent.post_not_after, self.key_fingerprint)
        try:
            job = self.journal.apply(job, granted)
        except ConflictError:
            self._given_back(job, permit.intent)
            return job, Denied(reason="lost race", retry_at=self.journal.clock.now())
        attempt = job.attempt
        signal = self._posted(job, permit.intent)
        job = self.journal.settle(job, signal, when=lambda found: _still(found, attempt))
        if isinstance(signal, TaskAccepted):
            self.taken(job, signal.task)
        return self.perform(job), None

    def _given_back(self, job: Job, intent: Intent) -> None:
        """Somebody else moved the job on; our intent was never more than that. Theirs may stand in
        the same attempt's name by now, and stays. So does ours where the row knows of it: it was
        written, its answer was lost, and whoever found it left behind holds the token by it.

            ours:   row SUBMITTING (no answer) ────────────── conflict
            theirs:                           row UNCERTAIN
        """
        found = self.journal.jobs.get(job.id)
        if found is None or not _still(found, job.attempt):
            self.gatekeeper.change(lambda gate: _withdrawn(gate, intent))

    def _stands(self, job: Job) -> bool:
        found = self.journal.jobs.get(job.id)
        return found is not None and found.version == job.version

    def taken(self, job: Job, task: Task) -> None:
        """Tell the gate that the attempt has its task: the intent is closed, the slot knows it."""
        now = self.journal.clock.now()
        self.gatekeeper.change(lambda gate: _taken(gate, job, task, now))

    def _posted(self, job: Job, intent: Intent) -> Signal:
        now = self.journal.clock.now()
        standing = self.gatekeeper.load().intent
        if standing != intent or now > intent.post_not_after - MARGIN or job.pin is None:
            return SubmitPutOff(now, "the permission ran out before the POST was sent")
        try:
            accepted = self.tasks.submit(
                self._submission(job, job.pin), timeout=intent.post_not_after - now
            )
        except NotSentError as error:
            self.gatekeeper.change(lambda gate: breaker.held(gate, breaker.THROTTLE_HOLD, now=now))
            later = self.journal.later(job.attempt, at_least=1.0)
            return SubmitPutOff(later, f"the provider was not reached: {error}")
        except OutcomeUnknownError as error:
            return OutcomeUnknown(self.journal.clock.now() + FIRST_LOOK, error.request_id)
        except RefusedError as error:
            return self._refused(job, error)
        return self._accepted(job, accepted)

    def _submission(self, job: Job, pin: Pin) -> Submission:
        """What is asked of the provider; its URLs are bearer secrets and live in memory only."""
        process, erasure = job.picture.process if job.picture else "", job.erasure
        url = self.objects.sign(pin.key, seconds=URL_SECONDS, process=process)
        if erasure is None:
            return Submission(model=self.model, inputs={"image_url": url})
        # The masks are no copies of this attempt: without the photo, which is, a late POST fails.
        masks = {"mask_url": erasure.mask_key, "foreground_url": erasure.keep_key}
        urls = {name: self.objects.sign(key, seconds=URL_SECONDS) for name, key in masks.items()}
        inputs = {"image_url": url, **urls}
        return Submission(model=self.model, inputs=inputs, parameters=erasure.parameters)

    def _accepted(self, job: Job, accepted: Accepted) -> Signal:
        now = self.journal.clock.now()
        claim = Claim(
            id=task_claim_id(accepted.task_id),
            job_id=job.id,
            attempt=job.attempt,
            claimed_at=now,
            version=1,
            nonce=self.journal.ids.new(),
        )
        self._claim(claim)
        task = Task(
            task_id=accepted.task_id,
            request_id=accepted.request_id,
            accepted_at=now,
            deadline=now + policy.RESULT_LIFE,
            skew=0.0 if accepted.server_time is None else accepted.server_time - now,
        )
        return TaskAccepted(task)

    def _claim(self, claim: Claim) -> None:
        try:
            self.claims.add(claim)
        except ConflictError:
            found = self.claims.get(claim.id)
            if found is None or found.job_id != claim.job_id:
                raise

    def _refused(self, job: Job, error: RefusedError) -> Signal:
        now, failure = self.journal.clock.now(), error.failure
        if failure.kind is FailureKind.STOP:
            self.gatekeeper.change(lambda gate: breaker.tripped(gate, failure, now=now))
            return SubmitPutOff(now, _said(failure))
        if failure.kind is FailureKind.TERMINAL:
            return SubmitRefused(failure)
        asked = min(error.retry_after or 0.0, policy.LONGEST_ASKED)
        if error.throttled:
            self.gatekeeper.change(lambda gate: _slowed(gate, job.id, asked, now))
            return SubmitPutOff(now, _said(failure))
        if job.refusals + 1 >= policy.MAX_REFUSALS:
            return SubmitRefused(given_up(failure, job.refusals + 1))
        retry_at = self.journal.later(job.refusals, at_least=1.0, asked=asked)
        return SubmitPutOff(retry_at, _said(failure), refused=True)


def _withdrawn(gate: Gate, intent: Intent) -> Gate:
    if gate.intent != intent:
        return gate
    return rules.released(gate, intent.job_id, intent.attempt, billed=False)


def _still(job: Job, attempt: int) -> bool:
    waiting = job.state in {JobState.SUBMITTING, JobState.UNCERTAIN}
    return waiting and job.attempt == attempt


def _said(failure: Failure) -> str:
    return f"{failure.code}: {failure.message}"


def _slowed(gate: Gate, job_id: str, asked: float, now: float) -> Gate:
    slower = breaker.throttled(gate, job_id, now=now)
    return breaker.held(slower, asked, now=now) if asked else slower


def _taken(gate: Gate, job: Job, task: Task, now: float) -> Gate:
    alone = not any(s.task_id for s in gate.slots if s.job_id != job.id)
    gate = rules.accepted(gate, job.id, job.attempt, task_id=task.task_id, now=now)
    if alone:
        gate = rules.looked(gate, job.id, job.attempt, running_since=now)
    gate = replace(gate, skew=task.skew or gate.skew)
    gate = breaker.closed(gate, (job.id, job.attempt), now=now)
    return breaker.warned(gate, now=now)
