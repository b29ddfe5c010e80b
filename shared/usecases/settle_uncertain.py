"""A POST whose outcome is unknown is looked for in the provider's list (protocol 3 to 5).

Found once, it is adopted. Not found, it is proved absent: by two complete lists at least thirty
seconds apart that each show a task known to be ours, after the pinned copy has left the name that
a POST still under way would use, and after every delay has passed. The bytes are kept under
another name, for the task may yet be found and its result needs them.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from shared.ports.errors import ConflictError, NotFoundError, RetryableError
from shared.ports.objects import ObjectStore
from shared.ports.stores import ClaimStore
from shared.ports.tasks import ListedTask, TaskService
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal
from shared.usecases.submit_task import SubmitTask

LIST_GAP: Final = 30.0
"""Two lists that are to prove something are at least this far apart (protocol 4)."""

WIDENING: Final = 60.0
"""By how much the window is wider than the clocks say, on both sides."""

LATEST_POST: Final = 900.0
"""How late a process that was frozen before its POST may still send it: no function runs longer."""

PAGES: Final = 50
"""A list of more pages than this is not read to its end, and proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleUncertain:
    """Settles one UNCERTAIN job. `absence_seconds` is how long after its last moment a POST may
    still arrive or be missing from the list: function timeout, list lag, and room.
    """

    journal: Journal
    gatekeeper: Gatekeeper
    submit: SubmitTask
    objects: ObjectStore
    claims: ClaimStore
    tasks: TaskService
    model: str
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
        try:
            listed = self._listed(job, intended)
        except RetryableError:
            listed = None
        if listed is None:
            return PutOff(now + self.list_gap)
        candidates = [task for task in listed if self._may_be_ours(job, task)]
        if len(candidates) == 1 and self._claimed(job, candidates[0]):
            return TaskAccepted(_adopted(candidates[0], now))
        if candidates:
            return PutOff(now + self.list_gap)
        return self._absent(job, listed, now)

    def _listed(self, job: Job, intended: float) -> list[ListedTask] | None:
        """Our model's tasks in the window, or None where the list was not complete."""
        skew = abs(self.gatekeeper.load().skew)
        since = intended - WIDENING - skew
        last_moment = job.post_not_after or intended
        latest = max(last_moment, min(self.journal.clock.now(), last_moment + LATEST_POST))
        until = latest + WIDENING + skew
        found: dict[str, ListedTask] = {}
        page, pages, total = 1, 1, -1
        while page <= pages:
            part = self.tasks.list(since=since, until=until, page=page)
            if total not in (-1, part.total) or part.pages > PAGES:
                return None
            total, pages = part.total, part.pages
            found |= {task.task_id: task for task in part.tasks}
            page += 1
        return [
            task
            for task in found.values()
            if task.model == self.model and since <= task.created_at <= until
        ]

    def _may_be_ours(self, job: Job, task: ListedTask) -> bool:
        if job.answer_request_id not in (None, task.request_id):
            return False
        known = self.gatekeeper.load().api_key_id
        if known is not None and task.api_key_id not in (None, known):
            return False
        claim = self.claims.get(task_claim_id(task.task_id))
        return claim is None or (claim.job_id, claim.attempt) == (job.id, job.attempt)

    def _claimed(self, job: Job, task: ListedTask) -> bool:
        claim = Claim(
            id=task_claim_id(task.task_id),
            job_id=job.id,
            attempt=job.attempt,
            claimed_at=self.journal.clock.now(),
            version=1,
            nonce=self.journal.ids.new(),
        )
        try:
            self.claims.add(claim)
        except ConflictError:
            found = self.claims.get(claim.id)
            return found is not None and (found.job_id, found.attempt) == (job.id, job.attempt)
        return True

    def _absent(self, job: Job, listed: Sequence[ListedTask], now: float) -> Signal:
        if job.pin is not None and not is_kept(job.pin.key) and (kept := self._kept(job.pin)):
            return PutOff(now + 1.0, pin=kept)
        if any(isinstance(effect, DropPin) for effect in job.pending):
            return PutOff(now + self.list_gap)
        first = job.absent_since
        last_moment = (job.post_not_after or now) + self.absence_seconds
        if not self._controlled(listed):
            # No task of ours to be seen: waiting out the window without the copy is what makes
            # another POST safe, and there is twice as much of it.
            last_moment += self.absence_seconds
        if first is None:
            return PutOff(now + self.list_gap, absent_since=now)
        if now - first < self.list_gap or now < last_moment:
            return PutOff(max(now + 1.0, min(now + self.list_gap, last_moment)))
        return AbsenceProved(now)

    def _kept(self, pin: Pin) -> Pin | None:
        """The copy under a name that no POST knows; None where there is nothing to keep."""
        try:
            info = self.objects.copy(pin.key, kept_key(pin.key), if_match=pin.etag)
        except NotFoundError:
            return None
        return Pin(key=info.key, etag=info.etag, attempt=pin.attempt)

    def _controlled(self, listed: Sequence[ListedTask]) -> bool:
        """Whether the list shows a task that is known to be ours: then it shows what it should."""
        return any(self.claims.get(task_claim_id(t.task_id)) is not None for t in listed)


def _adopted(task: ListedTask, now: float) -> Task:
    return Task(
        task_id=task.task_id,
        request_id=task.request_id,
        accepted_at=min(now, task.created_at),
        deadline=task.created_at + policy.RESULT_LIFE,
    )
