"""Planted bugs about what is left of an upload that a person wanted forgotten."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from shared.domain.job import Job
from shared.domain.machine import decide
from shared.domain.signals import Forgotten, Signal
from shared.usecases.forget import Forget, Receipt
from shared.usecases.journal import Journal


class RowFirst(Forget):
    """The row goes before the files: whoever is stopped in between finds nothing to go on with."""

    __slots__ = ()

    def _forgotten(self, job: Job, shared: set[str], receipt: Receipt) -> Receipt:
        left = self.journal.settle(job, Forgotten(), when=self._has_ended)
        if left.forgotten_at is None:
            return replace(receipt, under_way=(*receipt.under_way, job.id))
        return Forget._forgotten(self, job, shared, receipt)


class StillOwed(Journal):
    """A sink that was away is told of it all the same."""

    __slots__ = ()

    def apply(self, job: Job, signal: Signal) -> Job:
        made = decide(job, signal, nonce=self.ids.new(), now=self.clock.now())
        if isinstance(signal, Forgotten):
            made = replace(made, job=replace(made.job, outbox=job.outbox, due_at=job.due_at))
        return self._written(job, made)


class InTheMiddle(Forget):
    """What is under way is not waited for."""

    __slots__ = ()

    def _has_ended(self, job: Job) -> bool:
        return True


class HalfDone(Forget):
    """What is still to be done for an upload that ended is not waited for."""

    __slots__ = ()

    def _has_ended(self, job: Job) -> bool:
        return Forget._has_ended(self, replace(job, pending=()))


class OnceItEnded(Forget):
    """A finalizer that was held up finds nobody to stop it."""

    __slots__ = ()

    def _has_ended(self, job: Job) -> bool:
        return job.state.is_final and not job.pending


class BreaksPromises(Forget):
    """Raw files go, whoever was promised them since the rows were read."""

    __slots__ = ()

    def _raw_gone(self, job: Job, shared: set[str], deleted: Counter[str]) -> bool:
        if job.content_id is not None:
            deleted["raw"] += self._emptied(f"{self.prefixes.raw}{job.content_id}/")
        return True
