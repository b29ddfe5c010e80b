"""A move: what one signal changes of a job, and what several moves have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain import claim, policy
from shared.domain.announcing import announce
from shared.domain.effects import DropPin, Effect, ReleaseSlot, SettleContent
from shared.domain.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Changes to the job's fields, effects to ask for, and the line for people."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    note: str = ""


def drop_pin(job: Job) -> tuple[Effect, ...]:
    """The attempt's copy is of no more use, if there is one."""
    return (DropPin(job.pin.key),) if job.pin else ()


def settle(job: Job, outcome: str) -> tuple[Effect, ...]:
    """Tell those who wait for the same bytes; only the leader does."""
    leads = job.content_id is not None and job.waits_for is None and job.reused_from is None
    return (SettleContent(job.content_id, outcome),) if leads and job.content_id else ()


def given_up(job: Job) -> tuple[Effect, ...]:
    """Nothing will come of the attempt, and it counts as paid."""
    settled = settle(job, claim.RELEASED)
    return (ReleaseSlot(job.attempt, billed=True), *drop_pin(job), *settled)


def ended(job: Job, event_type: str, now: float, **changes: Any) -> dict[str, Any]:
    """The fields of a job at its end: the event, the next visit, and *changes*."""
    return {**announce(job, event_type, now, **changes), "due_at": now + policy.CHORE_LEASE}


def next_attempt(job: Job, retry_at: float) -> dict[str, Any]:
    """The fields of a job that is to be tried again, with nothing left of the last attempt."""
    return {
        "attempt": job.attempt + 1,
        "pin": None,
        "task": None,
        "intent_at": None,
        "post_not_after": None,
        "answer_request_id": None,
        "absent_since": None,
        "due_at": retry_at,
    }
