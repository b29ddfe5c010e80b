"""An erasing becomes a job of its own, once, however often its parent asks for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.domain.erasure import Erasure, erasure_job_id
from shared.domain.job import Job
from shared.domain.machine import new_erasing
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal
from shared.usecases.places import Places
from shared.usecases.wake_poller import WakePoller


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginErasure:
    """`uploads` is the gate of the first stage, whose row tells ticks that there is a second one;
    `places` and `wake` are those of the second.

    A crash behind any step leaves the effect in the parent's row, and everything is done again.
    """

    journal: Journal
    uploads: Gatekeeper
    places: Places
    wake: WakePoller

    def __call__(self, parent: Job, erasure: Erasure) -> None:
        """See that the erasing has a job and a poller. Raises ConflictError, RetryableError."""
        self.uploads.change(lambda gate: gate if gate.erases else replace(gate, erases=True))
        job = self.journal.jobs.get(erasure_job_id(erasure)) or self._accepted(parent, erasure)
        if not job.state.is_final:
            self.wake()

    def _accepted(self, parent: Job, erasure: Erasure) -> Job:
        fresh = new_erasing(
            parent,
            erasure,
            nonce=self.journal.ids.new(),
            now=self.journal.clock.now(),
            place=self.places.new(parent.source.key),
        )
        return self.journal.add(fresh)[0]
