"""Events enter the outbox of a job, or of the gate, in the same write as what they tell of
(protocol 19). The moment's own facts are kept with an event, so that one that is sent late, or
again, tells what it told the first time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.domain import events
from shared.domain.failure import Failure
from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.domain.outbox import Outgoing


def announced(gate: Gate, event_type: str, number: int, now: float) -> Gate:
    """The gate that owes one more event; *number* tells it from others of its type."""
    outgoing = Outgoing(
        event_id=events.event_id(gate.id, event_type, number),
        type=event_type,
        sequence=gate.version + 1,
        occurred_at=now,
        data={"code": gate.breaker.code if gate.breaker else None},
    )
    return replace(gate, outbox=(*gate.outbox, outgoing))


def announce(job: Job, event_type: str, now: float, **changes: Any) -> dict[str, Any]:
    """One more event in the outbox, numbered so that its id is the same for ever.

    *changes* are the job's other new fields, of which the event tells.
    """
    count = job.announcements + 1
    outgoing = Outgoing(
        event_id=events.event_id(job.id, event_type, count),
        type=event_type,
        sequence=job.version + 1,
        occurred_at=now,
        data=_moment(replace(job, **changes), event_type),
    )
    return {"outbox": (*job.outbox, outgoing), "announcements": count, **changes}


def job_data(job: Job, outgoing: Outgoing) -> dict[str, Any]:
    """The data of a job's event: where it came from, how it ended, where the result lies."""
    return {
        "job_id": job.id,
        "stage": str(job.stage),
        "parent_job_id": job.erasure.parent_id if job.erasure else None,
        "bucket": job.source.bucket,
        "key": job.source.key,
        "etag": job.source.etag,
        **(outgoing.data or _moment(job, outgoing.type)),
    }


def _moment(job: Job, event_type: str) -> dict[str, Any]:
    """The end that the event is about; a job that was tried again has another one since."""
    return {
        "state": event_type.rpartition(".")[2].upper(),
        "attempt": job.attempt,
        "people": job.people,
        "manifest": job.manifest_key,
        "reused_from": job.reused_from,
        "reason": None if job.failure is None else _reason(job.failure),
    }


def _reason(failure: Failure) -> dict[str, Any]:
    return {
        "code": failure.code,
        "message": failure.message,
        "message_zh": failure.message_zh,
        "remedy": failure.remedy,
        "remedy_zh": failure.remedy_zh,
        "request_id": failure.request_id,
    }
