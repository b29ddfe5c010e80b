"""What can be wrong between bucket, jobs, gate and results, told from rows that were already read.

Pure judgements: each takes what was read and gives findings. Times are epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from shared.domain.effects import ReleaseSlot
from shared.domain.gate import Gate, Slot
from shared.domain.job import Job
from shared.domain.state import JobState

MINUTE: Final = 60.0
"""What is younger than this counts as under way; older, as left behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be.

    `kind` is a word for programs, `subject` the key, job or row concerned. `settling` says that
    it may only be under way: it is wrong if it is still there later.
    """

    kind: str
    subject: str
    detail: str
    remedy: str
    settling: bool = False


def judge_job(job: Job, *, now: float) -> Iterator[Finding]:
    """What a job's own row tells against it."""
    if job.state.is_final and job.state is not JobState.DONE and job.failure is None:
        yield Finding(
            kind="reason_missing",
            subject=job.id,
            detail=f"the job is {job.state} and its row does not say why",
            remedy="look at the functions' logs for this job",
        )
    if job.state is JobState.DONE and job.manifest_key is None:
        yield Finding(
            kind="manifest_missing",
            subject=job.id,
            detail="the job is DONE and its row names no manifest",
            remedy="upload the picture under another name: equal bytes are not paid for again",
        )
    if not job.state.is_final and job.due_at is None:
        yield Finding(
            kind="job_stuck",
            subject=job.id,
            detail=f"the job is {job.state} and nothing will ever look at it again",
            remedy="upload the picture again",
        )
    yield from _owed(job, now)


def _owed(job: Job, now: float) -> Iterator[Finding]:
    for outgoing in job.outbox:
        yield Finding(
            kind="event_undelivered",
            subject=job.id,
            detail=f"{outgoing.type} has waited for {now - outgoing.occurred_at:.0f} s",
            remedy="check that every sink of MASKLINE_SINKS answers; the poller keeps trying",
            settling=now - outgoing.occurred_at < MINUTE,
        )
    if not job.state.is_final:
        return
    for effect in job.pending:
        yield Finding(
            kind="effect_left",
            subject=job.id,
            detail=f"{type(effect).__name__} has not been seen done since the job ended",
            remedy="check that the poller runs; it performs what is left",
            settling=now - job.changed_at < MINUTE,
        )


def judge_pin(key: str, job: Job | None, *, age: float) -> Finding | None:
    """Whether a pinned copy is left over: its job is final or unknown, and owes no deletion."""
    if job is not None and (not job.state.is_final or job.pending):
        return None
    whose = "no job" if job is None else f"job {job.id}, which is {job.state}"
    return Finding(
        kind="pin_left",
        subject=key,
        detail=f"the pinned copy belongs to {whose}",
        remedy="delete the object; the bucket's lifecycle rule does so as well",
        settling=age < MINUTE,
    )


def judge_slot(slot: Slot, job: Job | None, *, now: float) -> Finding | None:
    """Whether a place at the provider is held by an attempt that is not there."""
    if job is not None and _may_hold(job, slot.attempt):
        return None
    state = "is not known" if job is None else f"is {job.state}, attempt {job.attempt}"
    return Finding(
        kind="slot_left",
        subject=slot.job_id,
        detail=f"attempt {slot.attempt} holds a slot of the gate, but its job {state}",
        remedy="check that the poller runs; if the slot stays, no new picture may be submitted",
        settling=now - slot.taken_at < MINUTE,
    )


def _may_hold(job: Job, attempt: int) -> bool:
    owes = any(isinstance(e, ReleaseSlot) and e.attempt == attempt for e in job.pending)
    return owes or (job.state.holds_slot and job.attempt == attempt)


def judge_gate(gate: Gate, *, now: float) -> Iterator[Finding]:
    """What the gate's own row tells against it: reservations and slots come and go together."""
    slots = {(slot.job_id, slot.attempt) for slot in gate.slots}
    for job_id, attempt in sorted(gate.quota.reserved ^ slots):
        reserved = (job_id, attempt) in gate.quota.reserved
        yield Finding(
            kind="reservation_left" if reserved else "reservation_missing",
            subject=job_id,
            detail=f"attempt {attempt} has a {'reservation' if reserved else 'slot'} in the gate "
            f"and no {'slot' if reserved else 'reservation'}",
            remedy="the budget is counted wrongly by one picture: correct the gate's row",
        )
    for outgoing in gate.outbox:
        yield Finding(
            kind="event_undelivered",
            subject=gate.id,
            detail=f"{outgoing.type} has waited for {now - outgoing.occurred_at:.0f} s",
            remedy="check that every sink of MASKLINE_SINKS answers; the poller keeps trying",
            settling=now - outgoing.occurred_at < MINUTE,
        )
    if gate.intent is not None and (gate.intent.job_id, gate.intent.attempt) not in slots:
        yield Finding(
            kind="intent_left",
            subject=gate.intent.job_id,
            detail=f"attempt {gate.intent.attempt} has an open intent and no slot",
            remedy="check that the poller runs; while the intent stands, nothing is submitted",
        )


def judge_holder(job: Job, gate: Gate, *, now: float) -> Finding | None:
    """Whether a job that is, or may be, at the provider has no slot in the gate."""
    if not job.state.holds_slot or gate.slot_of(job.id, job.attempt) is not None:
        return None
    return Finding(
        kind="slot_missing",
        subject=job.id,
        detail=f"the job is {job.state} and holds no slot of the gate",
        remedy="nothing to do if it ends by itself; the poller looks after it every 15 minutes",
        settling=now - job.changed_at < MINUTE,
    )
