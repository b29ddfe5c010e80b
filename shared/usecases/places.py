"""Each upload gets its place in the line, and each that comes back to it a new one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from shared.domain import line
from shared.domain.line import Standing
from shared.ports.errors import ConflictError
from shared.ports.stores import FlowStore
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.last_given import give

CONTENDERS: Final = 6
"""How many lost races for a folder's next tag are stood; the loser of all shares a tag, and two
that share one are still served one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Gives places."""

    flows: FlowStore
    gatekeeper: Gatekeeper
    standing: Standing

    def new(self, key: str) -> int:
        """The place of a new upload: behind its folder's last, not before what is served."""
        priority, step = self.standing.priority(key), self.standing.step(key)
        head = line.head_of(self.gatekeeper.load().heads, priority)
        flow_id, keeper = self._flow_id(priority, key), self.gatekeeper
        tag = head
        for attempt in range(CONTENDERS):
            found = self.flows.get(flow_id)
            tag = max(head, 0 if found is None else found.last) + step
            try:
                give(self.flows, flow_id, found, tag, ids=keeper.ids, clock=keeper.clock)
            except ConflictError:
                self.gatekeeper.clock.sleep(0.003 * attempt)
                continue
            break
        return line.place_of(priority, tag)

    def again(self, key: str, place: int) -> int:
        """The place of one that left the line and comes back: its old one, or the head's."""
        priority = self.standing.priority(key)
        head = line.head_of(self.gatekeeper.load().heads, priority)
        tag = place % line.SPAN if line.priority_of(place) == priority else 0
        return line.place_of(priority, max(tag, head))

    def _flow_id(self, priority: int, key: str) -> str:
        text = f"{self.gatekeeper.gate_id}\0{priority}\0{self.standing.folder(key)}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]
