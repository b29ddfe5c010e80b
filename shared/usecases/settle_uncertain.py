"""A POST whose outcome is unknown is looked for in the provider's list (protocol 3 to 5).

Found once, it is adopted; without a request id to know it by, its result has to prove that it is
ours before it counts. Not found, it is proved absent: by two complete lists at least thirty
seconds apart, after the pinned copy has left the name that a POST still under way would use, and
after every delay has passed. The bytes are kept under another name, for the task may yet be found
and its result needs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.domain import policy
from shared.domain.claim import Claim, task_claim_id
from shared.domain.effects import DropPin
from shared.domain.endings import OUTCOME_UNPROVEN
from shared.domain.job import Job, Pin, Task
from shared.domain.keys import is_kept, kept_key
from shared.domain.signals import AbsenceProved, ProofGaveOut, PutOff, Signal, TaskAccepted
from shared.domain.state import JobState
from shared.ports.errors import ConflictError, NotFoundError
from shared.ports.objects import ObjectStore
from shared.ports.tasks import ListedTask, TaskStatus
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal
from shared.usecases.own_tasks import OwnTasks
from shared.usecases.submit_task import SubmitTask
from shared.usecases.task_list import TaskList

LIST_GAP: Final = 30.0
"""Two lists that are to prove something are at least this far apart (protocol 4)."""

WIDENING: Final = 60.0
"""By how much the window is wider than the clocks say, on both sides."""

LATEST_POST: Final = 900.0
"""How late a process that was frozen before its POST may still send it: no function runs longer."""

CONTROL_SPAN: Final = 12 * 3600.0
"""How far back a task of ours is looked for that shows what the list is worth."""

CONTROL_PAGES: Final = 3
"""A control that exists is among the newest: nothing was posted since the uncertain POST."""

_FAILED = frozenset({TaskStatus.FAILED, TaskStatus.CANCELED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleUncertain:
    """Settles one UNCERTAIN job. `absence_seconds` is how long after its last moment a POST may
    still arrive or be missing from the list: function timeout, list lag, and room.
    """

    journal: Journal
    gatekeeper: Gatekeeper
    submit: SubmitTask
    objects: ObjectStore
    own: OwnTasks
    listing: TaskList
    absence_seconds: float
    list_gap: float = LIST_GAP

    def __call__(self, job: Job) -> Job:
        """The job after one look at the list: RUNNING, QUEUED, FAILED, or still UNCERTAIN."""
        if job.state is not JobState.UNCERTAIN:
            return job
        signal = self._looked_up(job)
        attempt = job.attempt
        job = self.journal.settle(
            job,
            signal,
            when=lambda found: found.state is JobState.UNCERTAIN and found.attempt == attempt,
        )
        if isinstance(signal, TaskAccepted) and job.state is JobState.RUNNING:
            self.submit.taken(job, signal.task)
        return self.submit.perform(job)

    def _looked_up(self, job: Job) -> Signal:
        now = self.journal.clock.now()
        intended = job.intent_at or job.changed_at
        if now - intended > policy.PROOF_LIFE:
            return ProofGaveOut(OUTCOME_UNPROVEN)
        listed = self._listed(job, intended)
        if listed is None:
            return PutOff(now + self.list_gap)
        candidates = [task for task in listed if self._may_be_ours(job, task)]
        if len(candidates) == 1 and self._claimed(job, candidates[0]):
            return TaskAccepted(_adopted(job, candidates[0], now))
        if candidates:
            return self._ambiguous(job, now)
        return self._absent(job, listed, now)

    def _ambiguous(self, job: Job, now: float) -> Signal:
        """Several may be ours. Those that fail drop out; what is left after every delay goes to a
        person: it is not posted again by itself, and it holds up the others no longer.
        """
        last_moment = (job.post_not_after or now) + 2 * self.absence_seconds
        return ProofGaveOut(OUTCOME_UNPROVEN) if now > last_moment else PutOff(now + self.list_gap)

    def _listed(self, job: Job, intended: float) -> list[ListedTask] | None:
        """Our model's tasks in the window, or None where the list was not complete."""
        skew = abs(self.gatekeeper.load().skew)
        since = intended - WIDENING - skew
        last_moment = job.post_not_after or intended
        latest = max(last_moment, min(self.journal.clock.now(), last_moment + LATEST_POST))
        until = latest + WIDENING + skew
        return self.listing.between(since, until)

    def _may_be_ours(self, job: Job, task: ListedTask) -> bool:
        """Not where the answer's request id is another's, nor where another key or job has it.

        One that failed and carries no proof is none: whether it was ours or somebody else's, the
        picture is posted again only after the absence of any other is proved.
        """
        if job.answer_request_id is not None:
            return task.request_id == job.answer_request_id and self._unclaimed(job, task)
        if task.status in _FAILED or not self._unclaimed(job, task):
            return False
        known = self.own.key_id(job, self._past())
        return known is None or task.api_key_id in (None, known)

    def _unclaimed(self, job: Job, task: ListedTask) -> bool:
        claim = self.own.claim_of(task)
        return claim is None or (claim.job_id, claim.attempt) == (job.id, job.attempt)

    def _past(self) -> Iterator[ListedTask]:
        """Tasks from before the POST, the newest first: who looks takes no more than he needs."""
        now = self.journal.clock.now()
        return self.listing.newest(now - CONTROL_SPAN, now + WIDENING, pages=CONTROL_PAGES)

    def _claimed(self, job: Job, task: ListedTask) -> bool:
        claim = Claim(
            id=task_claim_id(task.task_id),
            job_id=job.id,
            attempt=job.attempt,
            claimed_at=self.journal.clock.now(),
            by_likeness=job.answer_request_id is None,
            version=1,
            nonce=self.journal.ids.new(),
        )
        try:
            self.own.claims.add(claim)
        except ConflictError:
            found = self.own.claims.get(claim.id)
            return found is not None and (found.job_id, found.attempt) == (job.id, job.attempt)
        return True

    def _absent(self, job: Job, listed: Sequence[ListedTask], now: float) -> Signal:
        if job.pin is not None and not is_kept(job.pin.key) and (kept := self._kept(job.pin)):
            return PutOff(now + 1.0, pin=kept)
        if any(isinstance(effect, DropPin) for effect in job.pending):
            return PutOff(now + self.list_gap)
        if job.absent_since is None:
            return PutOff(now + self.list_gap, absent_since=now)
        ready = self._ready_at(job, listed, now)
        if ready is None:
            return PutOff(now + policy.RUNNING_CHECK)
        if now - job.absent_since < self.list_gap or now < ready:
            return PutOff(max(now + 1.0, min(now + self.list_gap, ready)))
        return AbsenceProved(now)

    def _ready_at(self, job: Job, listed: Sequence[ListedTask], now: float) -> float | None:
        """From when on an empty list is proof; None where it never is.

        Every delay must have passed. A task that is known to be ours shows that this is a list of
        the key's own account and reads as we read it; it may be hours old, for what is new and
        still missing is waited out. Where there is none (an account's first task), the waiting is
        all there is, and there is twice as much of it. Where the key was exchanged meanwhile, a
        list without such a task may be another account's, and proves nothing.
        """
        # A process that was frozen behind its last look at the clock posts as long as the copy lies
        # there, however late that is; what it made may be missing from the list for a while yet.
        fenced = max(job.post_not_after or now, job.absent_since or now)
        last_moment = fenced + self.absence_seconds
        if now < last_moment or self._controlled(job, listed):
            return last_moment
        same_key = job.key_fingerprint == self.submit.key_fingerprint
        return last_moment + self.absence_seconds if same_key else None

    def _kept(self, pin: Pin) -> Pin | None:
        """The copy under a name that no POST knows; None where there is nothing to keep."""
        try:
            info = self.objects.copy(pin.key, kept_key(pin.key), if_match=pin.etag)
        except NotFoundError:
            return None
        return Pin(key=info.key, etag=info.etag, attempt=pin.attempt)

    def _controlled(self, job: Job, listed: Sequence[ListedTask]) -> bool:
        """Whether a list shows a task that this job's key is known to have made."""
        known = job.key_fingerprint
        if self.own.made_with(known, listed) is not None:
            return True
        return self.own.made_with(known, self._past()) is not None


def _adopted(job: Job, task: ListedTask, now: float) -> Task:
    return Task(
        task_id=task.task_id,
        request_id=task.request_id,
        accepted_at=min(now, task.created_at),
        deadline=task.created_at + policy.RESULT_LIFE,
        by_likeness=job.answer_request_id is None,
    )
