"""Planted bugs that stories find: what the provider asks for, what it no longer knows, what is
forgotten, and what must come first.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from shared.domain import breaker, policy
from shared.domain.endings import RESULT_EXPIRED
from shared.domain.gate import Gate
from shared.domain.job import Job, Source, Task
from shared.domain.signals import Signal, TaskVanished, UploadedAnew
from shared.ports.errors import RefusedError
from shared.usecases.accept_upload import AcceptUpload
from shared.usecases.follow_task import UNKNOWN_PATIENCE, FollowTask
from shared.usecases.rounds import CHORES, CHOSEN_FROM, Rounds
from shared.usecases.submit_task import SubmitTask


class SuspectsNoKey(FollowTask):
    """Tasks that the provider does not know cast no doubt on the key."""

    __slots__ = ()

    def _unknown(self, job: Job, task: Task, now: float) -> Signal | None:
        if now >= task.deadline:
            return TaskVanished(RESULT_EXPIRED)
        patient = now - task.accepted_at <= UNKNOWN_PATIENCE
        return None if patient else self._without_slot(job, task, now)


class HearsNoWait(SubmitTask):
    """`Retry-After` is not read."""

    __slots__ = ()

    def _refused(self, job: Job, error: RefusedError) -> Signal:
        deaf = RefusedError(error.failure, throttled=error.throttled)
        return SubmitTask._refused(self, job, deaf)


class AnyNewsEndsAStop(SubmitTask):
    """A task that was taken before the breaker opened closes it."""

    __slots__ = ()

    def taken(self, job: Job, task: Task) -> None:
        SubmitTask.taken(self, job, task)
        key, now = (job.id, job.attempt), self.journal.clock.now()

        def closed(gate: Gate) -> Gate:
            probing = gate.breaker and replace(gate.breaker, probe=key)
            return breaker.closed(replace(gate, breaker=probing), key, now=now)

        self.gatekeeper.change(closed)


class NeverGivesUp(SubmitTask):
    """Refusals of one picture have no end."""

    __slots__ = ()

    def _refused(self, job: Job, error: RefusedError) -> Signal:
        few = min(job.refusals, policy.MAX_REFUSALS - 2)
        return SubmitTask._refused(self, replace(job, refusals=few), error)


class AnyEventIsNew(AcceptUpload):
    """A tombstone stands in nobody's way."""

    __slots__ = ()

    def __call__(self, source: Source) -> Job:
        job = AcceptUpload.__call__(self, source)
        if job.forgotten_at is None:
            return job
        return self.journal.apply(job, UploadedAnew(source))


class AsksNobody(FollowTask):
    """What is past its deadline is given up without a question."""

    __slots__ = ()

    def knows_nothing_of(self, task: Task) -> bool:
        return task.task_id != ""


class FirstDueFirst(Rounds):
    """What is due first is done first, whatever can be lost meanwhile."""

    __slots__ = ()

    def _chosen(self, now: float) -> list[Job]:
        unsaved = self.jobs.unsaved(before=now, limit=CHOSEN_FROM, stage=self.stage)
        due = self.jobs.due(before=now, limit=CHOSEN_FROM, stage=self.stage)
        return sorted([*unsaved, *due], key=lambda job: job.due_at or now)[:CHORES]


class AmongTheChores(Rounds):
    """What is not saved is looked for among what else is due."""

    __slots__ = ()

    def _chosen(self, now: float) -> list[Job]:
        unsaved = self.jobs.unsaved(before=now, limit=CHOSEN_FROM, stage=self.stage)
        due = self.jobs.due(before=now, limit=CHOSEN_FROM, stage=self.stage)
        found = sorted([*unsaved, *due], key=lambda job: job.due_at or now)[:CHOSEN_FROM]
        return sorted(found, key=partial(policy.urgency, now=now))[:CHORES]
