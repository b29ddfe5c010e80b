"""Between two rounds: each task is asked after when it is likely to have ended, and the slot goes
to the next in line at once, without a round in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.domain import policy
from shared.domain.gate import Gate, Slot
from shared.domain.job import Job
from shared.ports.errors import PortError, RetryableError
from shared.ports.stores import JobStore
from shared.usecases.follow_task import FollowTask, Look
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.looks import Looks

TROUBLE_NAP: Final = 1.0
"""Seconds until a task is asked after again whose provider, or row, did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSlots:
    """Watches the tasks at the provider for a while."""

    gatekeeper: Gatekeeper
    jobs: JobStore
    follow: FollowTask
    looks: Looks

    def __call__(self, tasks: Sequence[Job], standby: Job | None, *, seconds: float) -> int:
        """Sleep for *seconds*, with looks in between; ends early, with 1, when a task has ended."""
        clock = self.gatekeeper.clock
        until = clock.monotonic() + seconds
        gate = self.gatekeeper.load() if tasks else None
        while gate is not None:
            due = [(self.looks.at(gate, s, clock.now()), s, j) for s, j in _pairs(gate, tasks)]
            at, slot, job = min(due, key=lambda each: each[0], default=(None, None, None))
            if at is None or slot is None or job is None:
                break
            if at - clock.now() >= until - clock.monotonic():
                break
            standby = self._standing(gate, standby)
            clock.sleep(max(0.0, at - clock.now()))
            gate, moved = self._look(gate, slot, job, standby)
            if moved:
                return 1
        clock.sleep(until - clock.monotonic())
        return 0

    def _standing(self, gate: Gate, standby: Job | None) -> Job | None:
        """Who stands by, if still as given after the gate was read; once for each of its states.

        It is done before the look, so that the slot does not wait for it (`Gatekeeper.permit`).
        """
        if standby is None or self.looks.stood == (gate.version, standby.id, standby.version):
            return standby
        try:
            found = self.jobs.get(standby.id)
        except PortError:
            return None
        if found is None or found.version != standby.version:
            return None
        self.looks.stood = (gate.version, standby.id, standby.version)
        return standby

    def _look(self, gate: Gate, slot: Slot, job: Job, standby: Job | None) -> tuple[Gate, bool]:
        try:
            if self.look(gate, slot, job, standby):
                return gate, True
            return self.gatekeeper.load(), False
        except PortError:
            return gate, False

    def look(self, gate: Gate, slot: Slot, job: Job, standby: Job | None = None) -> bool:
        """Ask after one task; whether it has ended. Raises PortError.

        The next look keeps its distance from when this one began: what an answer takes on its way
        is no reason to see an end later.
        """
        began = self.gatekeeper.clock.now()
        try:
            followed = self.follow(job, Look(gate=gate, slot=slot, standby=standby))
        except PortError as error:
            self.looks.put_off(slot, self.gatekeeper.clock.now() + _nap(error))
            raise
        self.looks.plan(gate, slot, began)
        return followed.version != job.version


def _pairs(gate: Gate, tasks: Sequence[Job]) -> list[tuple[Slot, Job]]:
    found = [(gate.slot_of(job.id, job.attempt), job) for job in tasks]
    return [(slot, job) for slot, job in found if slot is not None and slot.task_id is not None]


def _nap(error: PortError) -> float:
    """How long the provider is left alone: as long as it asked for, within reason."""
    asked = error.retry_after if isinstance(error, RetryableError) else None
    return max(TROUBLE_NAP, min(asked or 0.0, policy.LONGEST_ASKED))
