"""The breaker: after a stop-all error nothing is posted until a half-open attempt succeeds.

Account events enter the gate's outbox in the same write as the change they tell of (protocol 19).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from shared.domain import events
from shared.domain.failure import Failure
from shared.domain.gate import Breaker, Gate
from shared.domain.job import Outgoing
from shared.domain.quota import Quota

FIRST_PROBE: Final = 60.0
LAST_PROBE: Final = 1800.0

PAUSED: Final = "Paused"
"""The code of a breaker that a person opened."""

THROTTLE_HOLD: Final = 1.0
WIDEN_AFTER: Final = 600.0


def tripped(gate: Gate, failure: Failure, *, now: float) -> Gate:
    """The gate with the breaker open; a failed half-open attempt doubles the wait."""
    old = gate.breaker
    if old is not None and old.paused:
        return gate
    trips = old.trips + 1 if old is not None and old.probing else (old.trips if old else 1)
    wait = min(LAST_PROBE, FIRST_PROBE * 2.0 ** (trips - 1))
    epoch = old.epoch if old else gate.breaker_epoch + 1
    breaker = Breaker(
        code=failure.code,
        message=failure.message,
        opened_at=old.opened_at if old else now,
        retry_at=now + wait,
        epoch=epoch,
        trips=trips,
    )
    changed = replace(gate, breaker=breaker, breaker_epoch=epoch)
    return changed if old else _announced(changed, events.PIPELINE_STOPPED, epoch, now)


def closed(gate: Gate, *, now: float) -> Gate:
    """The gate after an attempt went through: work resumes, unless a person paused it.

    An attempt that was on its way when the pause was said is no reason to end it.
    """
    if gate.breaker is None or gate.breaker.paused:
        return gate
    return _resumed(gate, gate.breaker, now)


def paused(gate: Gate, reason: str, *, now: float) -> Gate:
    """The gate after a person's *reason* not to post: it stays until a person ends it.

    A breaker that a stop-all error opened becomes the pause; that the pipeline stands still has
    been announced by then, and is not announced again.
    """
    old = gate.breaker
    if old is not None and old.paused:
        return gate
    epoch = old.epoch if old else gate.breaker_epoch + 1
    breaker = Breaker(
        code=PAUSED,
        message=reason,
        opened_at=now,
        retry_at=now,
        epoch=epoch,
        paused=True,
    )
    changed = replace(gate, breaker=breaker, breaker_epoch=epoch)
    return changed if old else _announced(changed, events.PIPELINE_STOPPED, epoch, now)


def resumed(gate: Gate, *, now: float) -> Gate:
    """The gate after a person's word: any breaker is closed at once, whatever opened it.

    The sweep becomes due, since uploads may have been missed meanwhile (protocol 13).
    """
    if gate.breaker is None:
        return gate
    return _resumed(replace(gate, swept_at=0.0), gate.breaker, now)


def _resumed(gate: Gate, breaker: Breaker, now: float) -> Gate:
    closed_gate = replace(gate, breaker=None)
    return _announced(closed_gate, events.PIPELINE_RESUMED, breaker.epoch, now)


def throttled(gate: Gate, job_id: str, *, now: float) -> Gate:
    """The provider refused for too many: with tasks in flight the window was too wide.

    Over-limit tasks may be queued or refused (contracts/dashscope.md, 9): a wider window is
    tried, and given up for ten minutes where the provider refuses the second.
    """
    others = [s for s in gate.slots if s.job_id != job_id and s.task_id is not None]
    if others:
        return replace(gate, window=len(others), widened_at=now)
    return replace(gate, hold_until=now + THROTTLE_HOLD)


def widened(gate: Gate, *, most: int, now: float) -> Gate:
    """The gate with its window tried one wider again, some time after it was narrowed."""
    if gate.window >= most or now - gate.widened_at < WIDEN_AFTER:
        return gate
    return replace(gate, window=gate.window + 1, widened_at=now)


def warned(gate: Gate, *, now: float) -> Gate:
    """The gate after the warning that the budget runs low, said once at each threshold."""
    quota = gate.quota
    if quota.budget is None or quota.left is None:
        return gate
    crossed = [p for p in quota.alarm_at if p < quota.alarmed and _is_low(quota.left, quota, p)]
    if not crossed:
        return gate
    told = replace(quota, warned=True, alarmed=min(crossed), alarms=quota.alarms + 1)
    return _announced(replace(gate, quota=told), events.QUOTA_LOW, told.alarms, now)


def _is_low(left: int, quota: Quota, percent: int) -> bool:
    return quota.budget is not None and 100 * left <= percent * quota.budget


def _announced(gate: Gate, event_type: str, number: int, now: float) -> Gate:
    outgoing = Outgoing(
        event_id=events.event_id(gate.id, event_type, number),
        type=event_type,
        sequence=gate.version + 1,
        occurred_at=now,
    )
    return replace(gate, outbox=(*gate.outbox, outgoing))
