"""The breaker: after a stop-all error nothing is posted until a half-open attempt succeeds."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from shared.domain import events
from shared.domain.announcing import announced
from shared.domain.failure import Failure
from shared.domain.gate import Breaker, Gate
from shared.domain.quota import Quota

FIRST_PROBE: Final = 60.0
LAST_PROBE: Final = 1800.0

PAUSED: Final = "Paused"
"""The code of a breaker that a person opened."""

AUTHENTICATION: Final = "invalidapikey"
"""The one error that a query surely shows as well: a key that is refused is refused everywhere."""

THROTTLE_HOLD: Final = 1.0
WIDEN_AFTER: Final = 600.0


def tripped(
    gate: Gate, failure: Failure, *, now: float, by_query: bool = False, probed: bool = False
) -> Gate:
    """The gate with the breaker open; a failed half-open attempt doubles the wait.

    *by_query*: a mere question was refused, so that a question answered shows that it is over;
    *probed*: that question was asked to see whether it is.
    """
    old = gate.breaker
    if old is not None and old.paused:
        return gate
    trips = old.trips if old is not None else 1
    if old is not None and (probed or old.probe is not None):
        trips += 1
    wait = min(LAST_PROBE, FIRST_PROBE * 2.0 ** (trips - 1))
    epoch = old.epoch if old else gate.breaker_epoch + 1
    breaker = Breaker(
        code=failure.code,
        message=failure.message,
        opened_at=old.opened_at if old else now,
        retry_at=now + wait,
        epoch=epoch,
        trips=trips,
        by_query=by_query or failure.code.replace("_", "").lower() == AUTHENTICATION,
    )
    changed = replace(gate, breaker=breaker, breaker_epoch=epoch)
    return changed if old else announced(changed, events.PIPELINE_STOPPED, epoch, now)


def closed(gate: Gate, attempt: tuple[str, int], *, now: float) -> Gate:
    """The gate after *attempt* went through: work resumes where it was the half-open one, unless
    a person paused it.

    An attempt that was on its way when the breaker opened proves nothing: the provider took it
    before, and only this news of it is late.
    """
    if gate.breaker is None or gate.breaker.paused or gate.breaker.probe != attempt:
        return gate
    return _resumed(gate, gate.breaker, now)


def is_probed_by_query(gate: Gate, *, now: float) -> bool:
    """Whether it is time to ask whether the account answers again, at no picture's cost.

    An exhausted quota, and arrears that were told to a POST, show in no query: there a real job
    is the probe (protocol 21).
    """
    old = gate.breaker
    return old is not None and old.by_query and not old.paused and now >= old.retry_at


def answered(gate: Gate, seen: Gate, *, now: float) -> Gate:
    """The gate after the provider answered a query: over is what queries were refused for.

    *seen* is the gate as read before the question: what was refused since is not over by it.
    """
    gate = replace(gate, unknown_job=None) if gate.unknown_job is not None else gate
    old = gate.breaker
    if old is None or old.paused or not old.by_query or not _is_same_stop(old, seen.breaker):
        return gate
    return _resumed(gate, old, now)


def _is_same_stop(old: Breaker, seen: Breaker | None) -> bool:
    """Whether nothing was refused in between: each refusal sets another time for the next try."""
    return seen is not None and (seen.epoch, seen.retry_at) == (old.epoch, old.retry_at)


def doubted(gate: Gate, job_id: str, failure: Failure, *, now: float) -> Gate:
    """The gate after the provider knew nothing of a job's task, as if it were another account's.

    The second job in a row opens the breaker (protocol 10); one alone may have been forgotten.
    """
    known = gate.unknown_job in (None, job_id)
    noted = gate if gate.unknown_job == job_id else replace(gate, unknown_job=job_id)
    return noted if known else tripped(noted, failure, now=now)


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
    return changed if old else announced(changed, events.PIPELINE_STOPPED, epoch, now)


def resumed(gate: Gate, *, now: float) -> Gate:
    """The gate after a person's word: any breaker is closed at once, whatever opened it.

    The sweep becomes due, since uploads may have been missed meanwhile (protocol 13).
    """
    if gate.breaker is None:
        return gate
    return _resumed(replace(gate, swept_at=0.0), gate.breaker, now)


def _resumed(gate: Gate, breaker: Breaker, now: float) -> Gate:
    closed_gate = replace(gate, breaker=None)
    return announced(closed_gate, events.PIPELINE_RESUMED, breaker.epoch, now)


def held(gate: Gate, seconds: float, *, now: float) -> Gate:
    """The gate that lets nothing through for *seconds*, or for as long as it was held already."""
    return replace(gate, hold_until=max(gate.hold_until, now + seconds))


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
    return announced(replace(gate, quota=told), events.QUOTA_LOW, told.alarms, now)


def _is_low(left: int, quota: Quota, percent: int) -> bool:
    return quota.budget is not None and 100 * left <= percent * quota.budget
