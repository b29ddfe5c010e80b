"""Somebody says that a task has ended: it is asked after at once, as the poll would later on.

A hint costs one question at most, and only where the task holds a slot of ours. What it says of
the task is not believed; that it is repeated, late or false changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from shared.domain.gate import Gate, Slot
from shared.domain.state import JobState
from shared.ports.errors import PortError
from shared.usecases.rounds import Rounds
from shared.usecases.wake_poller import WakePoller


@dataclass(frozen=True, slots=True, kw_only=True)
class LookNow:
    """Looks after the tasks of one stage, beside a poller or without one."""

    rounds: Rounds
    wake: WakePoller

    def __call__(self, task_ids: Collection[str]) -> int:
        """How many of the tasks have ended; their slots go to the next in line at once."""
        keeper = self.rounds.gatekeeper
        gate = keeper.gates.get(keeper.gate_id)
        if gate is None:
            return 0
        named = [slot for slot in gate.slots if slot.task_id in task_ids]
        ended = sum(self._has_ended(gate, slot) for slot in named)
        if ended:
            with suppress(PortError):
                self.rounds.fill(keeper.load(), keeper.clock.now())
            self.wake()
        return ended

    def _has_ended(self, gate: Gate, slot: Slot) -> bool:
        job = self.rounds.jobs.get(slot.job_id)
        if job is None or job.attempt != slot.attempt or job.state is not JobState.RUNNING:
            return False
        try:
            return self.rounds.watch.look(gate, slot, job)
        except PortError:
            # The poll asks again in its own time.
            return False
