"""The drain lease in the gate row: one poller at a time, for economy; safety rests on the gate.

A lease is taken over only by one who has seen it unchanged for a whole lease by its own clock
(protocol 20, 23): two machines' clocks are never compared for that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from shared.domain import events
from shared.domain.announcing import announced
from shared.domain.gate import Gate, Lease

LEASE_SECONDS: Final = 12.0
"""How long a silent holder keeps others waiting; renewed at a third of it."""

MOST_FRUITLESS: Final = 3
"""After so many generations in a row that had work and moved nothing, or died of it, a person is
told: half an hour of a provider that hangs, with pollers of ten minutes.
"""


def taken(gate: Gate, holder: str, *, now: float) -> Gate:
    """The gate with the lease in *holder*'s name, one generation on.

    One that follows too many without progress says so, once until there is some (protocol 20).
    """
    generation = gate.generation + 1
    lease = Lease(holder=holder, generation=generation, renewed_at=now, seconds=LEASE_SECONDS)
    changed = replace(gate, lease=lease, generation=generation, fruitless=gate.fruitless + 1)
    if gate.fruitless != MOST_FRUITLESS:
        return changed
    return announced(changed, events.PIPELINE_STALLED, generation, now)


def renewed(gate: Gate, holder: str, *, now: float, moved: bool = False) -> Gate:
    """The gate with the lease renewed, or as it was where it is somebody else's; *moved*: this
    generation has made progress.
    """
    if gate.lease is None or gate.lease.holder != holder:
        return gate
    lease = replace(gate.lease, renewed_at=now)
    return replace(gate, lease=lease, fruitless=0 if moved else gate.fruitless)


def left(gate: Gate, holder: str, *, next_due: float | None) -> Gate:
    """The gate without *holder*'s lease; *next_due* is when there will be work at the latest.

    Written only where the wake-up counter is what it was before the last empty look.
    """
    if gate.lease is None or gate.lease.holder != holder:
        return gate
    return replace(gate, lease=None, quiet_wake=gate.wake, next_due=next_due, fruitless=0)


def dropped(gate: Gate, holder: str, *, moved: bool) -> Gate:
    """The gate without *holder*'s lease, with no word about what is still to be done."""
    if gate.lease is None or gate.lease.holder != holder:
        return gate
    return replace(gate, lease=None, quiet_wake=-1, fruitless=0 if moved else gate.fruitless)


def is_fresh(gate: Gate, *, now: float) -> bool:
    """Whether somebody seems to be draining. Wrong by a clock's error at most, which only costs
    a wake-up too many or a minute until the timer.
    """
    lease = gate.lease
    return lease is not None and abs(now - lease.renewed_at) < lease.seconds


def is_quiet(gate: Gate, *, now: float) -> bool:
    """Whether one read of the row tells that there is nothing to do."""
    if gate.slots or gate.intent is not None or gate.outbox or gate.lease is not None:
        return False
    unseen = gate.wake != gate.quiet_wake
    due = gate.next_due is not None and gate.next_due <= now
    return not unseen and not due
