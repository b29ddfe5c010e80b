"""When this poller asks after which task next: kept in memory, since a look changes nothing.

A poller that takes over begins from the gate's row; it asks once too often at most.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from shared.domain import policy
from shared.domain.gate import Gate, Slot

Key = tuple[str, int, float]

BEHIND: Final = 30.0
"""Seconds between looks at a task behind another, at least: that one's end is its beginning."""


@dataclass(slots=True)
class Looks:
    """The time of the next look by slot, and by when the slot's task began; when finalizers were
    asked for, and when the whole line was read last; which version of the gate's row, and of which
    job's, were last seen to stand together.
    """

    due: dict[Key, float] = field(default_factory=dict)
    finalizers: list[float] = field(default_factory=list)
    whole_line_at: float = 0.0
    stood: tuple[int, str, int] | None = None

    def at(self, gate: Gate, slot: Slot, now: float) -> float:
        """When to ask after the slot's task: as last planned, or planned now."""
        key = _key(slot)
        if key not in self.due:
            self.plan(gate, slot, now)
        return self.due[key]

    def plan(self, gate: Gate, slot: Slot, now: float) -> None:
        """Plan the look after one that was made at *now* and found the task unfinished."""
        self.due = {key: self.due[key] for key in map(_key, gate.slots) if key in self.due}
        self.due[_key(slot)] = _when(gate, slot, now)

    def put_off(self, slot: Slot, until: float) -> None:
        """The provider did not answer."""
        self.due[_key(slot)] = until

    def finalizer_at(self, now: float) -> float:
        """When one more finalizer may be asked for; they share the account's queries."""
        self.finalizers = [t for t in self.finalizers if now - t < 1.0]
        if len(self.finalizers) < policy.OTHERS_A_SECOND:
            return now
        return self.finalizers[-policy.OTHERS_A_SECOND] + 1.0

    def finalizer_asked(self, now: float) -> None:
        """One was."""
        self.finalizers.append(now)


def _key(slot: Slot) -> Key:
    return (slot.job_id, slot.attempt, slot.running_since or 0.0)


def _when(gate: Gate, slot: Slot, now: float) -> float:
    """A task behind another cannot end before that one has: it is left alone meanwhile."""
    ahead = any(s.running_since is not None for s in gate.slots if s != slot)
    if slot.running_since is None and ahead:
        return now + max(BEHIND, 3 * gate.pace.mean)
    return policy.next_look(slot, gate.pace, now=now)
