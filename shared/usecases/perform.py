"""Effects become deeds. Each is safe to repeat; what was seen done leaves the job's row."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import assert_never

from shared.domain.effects import (
    AcceptErasure,
    DropPin,
    Effect,
    InvokeFinalizer,
    ReleaseSlot,
    SettleContent,
)
from shared.domain.erasure import Erasure
from shared.domain.job import Job
from shared.domain.keys import finalize_id
from shared.domain.signals import EffectsPerformed
from shared.ports.errors import ConflictError, PortError, RejectedError
from shared.ports.functions import FINALIZER, FunctionInvoker
from shared.ports.objects import ObjectStore
from shared.usecases.begin_erasure import BeginErasure
from shared.usecases.contents import Contents
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Perform:
    """Performs what stands in `Job.pending`, of the jobs of one stage; only those of the first
    have erasings to `begin`.
    """

    journal: Journal
    gatekeeper: Gatekeeper
    objects: ObjectStore
    invoker: FunctionInvoker
    contents: Contents
    begin: BeginErasure | None = None

    def __call__(self, job: Job) -> Job:
        """The job without the effects that were performed; what failed stays for the next visit."""
        done = tuple(effect for effect in job.pending if self._try(job, effect))
        if not done:
            return job
        signal = EffectsPerformed(done)
        return self.journal.settle(job, signal, when=lambda found: bool(found.pending))

    def _try(self, job: Job, effect: Effect) -> bool:
        try:
            self._perform(job, effect)
        except (PortError, ConflictError):
            # It stays in the row, whose `due_at` brings the next visit.
            return False
        return True

    def _perform(self, job: Job, effect: Effect) -> None:
        match effect:
            case ReleaseSlot(attempt, billed):
                self.gatekeeper.release(job.id, attempt, billed=billed)
            case InvokeFinalizer(count):
                self._invoke_finalizer(job, count)
            case DropPin(key):
                self.objects.delete(key)
            case SettleContent():
                self.contents.settle(job, effect)
            case AcceptErasure(erasure):
                self._begin(job, erasure)
            case _:
                assert_never(effect)

    def _begin(self, job: Job, erasure: Erasure) -> None:
        if self.begin is None:
            raise RejectedError("an erasing has none of its own")
        self.begin(job, erasure)

    def _invoke_finalizer(self, job: Job, count: int) -> None:
        payload = {"job_id": job.id, "attempt": job.attempt, "finalize_attempt": count}
        asked = finalize_id(job.id, job.attempt, count)
        self.invoker.invoke(FINALIZER, payload, invocation_id=asked)
