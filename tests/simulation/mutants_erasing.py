"""Planted bugs of the second stage."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.domain.effects import AcceptErasure, Effect
from shared.domain.erasure import Erasure, erasure_job_id
from shared.domain.gate import Denied, Permit
from shared.domain.job import Job
from shared.domain.machine import new_erasing
from shared.domain.signals import Signal
from shared.domain.stage import Stage
from shared.imaging.rendering import Rendering
from shared.ports.errors import UnavailableError
from shared.usecases.begin_erasure import BeginErasure
from shared.usecases.contents import Contents
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.perform import Perform
from shared.usecases.plan_erasures import PlanErasures


class ForgetsErasing(Perform):
    """Crosses the intake off whether it was done or not: a kill in between leaves no note."""

    __slots__ = ()

    def _try(self, job: Job, effect: Effect) -> bool:
        return Perform._try(self, job, effect) or isinstance(effect, AcceptErasure)


class AnotherEachTime(BeginErasure):
    """The erasing's id is not derived: who asks again after a kill makes, and posts, another."""

    __slots__ = ()

    def __call__(self, parent: Job, erasure: Erasure) -> None:
        fresh = new_erasing(parent, erasure, nonce=self.journal.ids.new(), now=parent.changed_at)
        self.journal.add(replace(fresh, id=self.journal.ids.new()))
        self.uploads.change(lambda gate: replace(gate, erases=True))
        self.wake()


class WakesNobody(BeginErasure):
    """Neither a poller nor the timer's ticks are told that there is a second stage."""

    __slots__ = ()

    def __call__(self, parent: Job, erasure: Erasure) -> None:
        if self.journal.jobs.get(erasure_job_id(erasure)) is None:
            self._accepted(parent, erasure)


class OneBudget(Gatekeeper):
    """Erasings are permitted by the uploads' gate, and spend their budget."""

    __slots__ = ()

    def permit(self, job: Job, **how: Any) -> Permit | Denied:
        if job.stage is Stage.SEGMENT:
            return Gatekeeper.permit(self, job, **how)
        uploads = self.gate_id.replace("image-erase-completion", "image-instance-segmentation")
        return Gatekeeper.permit(replace(self, gate_id=uploads), job, **how)


class EveryErasingLeads(Contents):
    """Equal erasings are paid for each."""

    __slots__ = ()

    def join(self, job: Job, content_id: str) -> Signal | None:
        return Contents.join(self, job, content_id if job.erasure is None else job.id)


class ErasesFirst(PlanErasures):
    """The upload is not DONE before its erasing is."""

    __slots__ = ()

    def __call__(
        self, job: Job, rendering: Rendering, line: str, *, version: int = 1
    ) -> tuple[Erasure, ...]:
        PlanErasures.__call__(self, job, rendering, line, version=version)
        raise UnavailableError("the erasing is waited for")
