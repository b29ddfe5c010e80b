"""Account events enter the gate's outbox in the same write as what they tell of (protocol 19)."""

from __future__ import annotations

from dataclasses import replace

from shared.domain import events
from shared.domain.gate import Gate
from shared.domain.job import Outgoing


def announced(gate: Gate, event_type: str, number: int, now: float) -> Gate:
    """The gate that owes one more event; *number* tells it from others of its type."""
    outgoing = Outgoing(
        event_id=events.event_id(gate.id, event_type, number),
        type=event_type,
        sequence=gate.version + 1,
        occurred_at=now,
    )
    return replace(gate, outbox=(*gate.outbox, outgoing))
