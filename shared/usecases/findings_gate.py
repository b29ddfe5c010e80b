"""What the gate's row tells against it, and against the jobs: slots, reservations, spending.

Pure judgements, as in `findings`. Times are epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain import lease
from shared.domain.effects import ReleaseSlot
from shared.domain.gate import Gate, Slot
from shared.domain.job import Job
from shared.usecases.findings import MINUTE, OVERDUE, Finding, look_again


def judge_slot(slot: Slot, job: Job | None, *, now: float) -> Finding | None:
    """Whether a place at the provider is held by an attempt that is not there."""
    if job is not None and _may_hold(job, slot.attempt):
        return None
    state = "is not known" if job is None else f"is {job.state}, attempt {job.attempt}"
    return Finding(
        kind="slot_left",
        subject=slot.job_id,
        detail=f"attempt {slot.attempt} holds a slot of the gate, but its job {state}",
        remedy="the poller gives it back at its next round; the command wakes it",
        command="maskline sweep",
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
            command="maskline sweep",
            settling=now - outgoing.occurred_at < MINUTE,
        )
    if gate.intent is not None and (gate.intent.job_id, gate.intent.attempt) not in slots:
        yield Finding(
            kind="intent_left",
            subject=gate.intent.job_id,
            detail=f"attempt {gate.intent.attempt} has an open intent and no slot",
            remedy="check that the poller runs; while the intent stands, nothing is submitted",
            command=look_again(gate.intent.job_id),
        )


def judge_spending(gate: Gate, paid: int) -> Finding | None:
    """Whether pictures were paid for that the budget does not know; *paid* jobs are known to be."""
    quota = gate.quota
    short = paid - quota.spent
    if short <= 0:
        return None
    return Finding(
        kind="spending_short",
        subject=gate.id,
        detail=f"{paid} jobs were paid for, and the budget has counted {quota.spent}",
        remedy="lower the budget by what was not counted, or the provider refuses before we do",
        command="" if quota.budget is None else f"maskline quota --set {quota.budget - short}",
    )


def judge_queue(gate: Gate, waiting: Job | None, *, now: float) -> Finding | None:
    """Whether the queue stands still for no reason; *waiting* has been due the longest."""
    if waiting is None or waiting.due_at is None or gate.breaker or gate.quota.left == 0:
        return None
    seen = max(gate.posts, default=0.0)
    if lease.is_fresh(gate, now=now) or gate.intent or now - max(seen, waiting.due_at) < OVERDUE:
        return None
    return Finding(
        kind="queue_still",
        subject=waiting.id,
        detail=f"the job has been due for {now - waiting.due_at:.0f} s, and nothing is submitted",
        remedy="check the poller's timer trigger and its log; the command wakes it",
        command="maskline sweep",
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
