"""What can be wrong between bucket, jobs, gate and results, told from rows that were already read.

Pure judgements: each takes what was read and gives findings. Times are epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from shared.domain.claim import Claim, task_claim_id
from shared.domain.effects import ReleaseSlot
from shared.domain.job import Job
from shared.domain.state import JobState

MINUTE: Final = 60.0
"""What is younger than this counts as under way; older, as left behind."""

OVERDUE: Final = 900.0
"""A job whose time came so long ago is looked after by nobody."""

RISK: Final = 3600.0
"""A result that lasts no longer than this and is not saved is in danger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be.

    `kind` is a word for programs, `subject` the key, job or row concerned. `remedy` says what to
    do, `command` what to type for it ("" where it mends itself or no command can). `settling` says
    that it may only be under way: it is wrong if it is still there later.
    """

    kind: str
    subject: str
    detail: str
    remedy: str
    command: str = ""
    settling: bool = False


def judge_job(job: Job, *, now: float, at_work: bool = False) -> Iterator[Finding]:
    """What a job's own row tells against it; *at_work*: a poller is, and may be on its way."""
    if job.forgotten_at is not None:
        return  # a tombstone has nothing left to tell
    if job.state.is_final:
        yield from _of_its_end(job)
    elif job.due_at is None:
        yield Finding(
            kind="job_stuck",
            subject=job.id,
            detail=f"the job is {job.state} and nothing will ever look at it again",
            remedy="have it looked at",
            command=look_again(job.id),
        )
    else:
        yield from _at_risk(job, now)
    yield from _overdue(job, now, at_work=at_work)
    yield from _owed(job, now)


def look_again(job_id: str) -> str:
    """The command that has a job looked at by the poller, now."""
    return f"maskline retry {job_id}"


def _of_its_end(job: Job) -> Iterator[Finding]:
    show = f"maskline show {job.id}"
    if job.state is not JobState.DONE and job.failure is None:
        yield Finding(
            kind="reason_missing",
            subject=job.id,
            detail=f"the job is {job.state} and its row does not say why",
            remedy="look at its time line and at the functions' logs",
            command=show,
        )
    if job.state is JobState.DONE and job.manifest_key is None:
        yield Finding(
            kind="manifest_missing",
            subject=job.id,
            detail="the job is DONE and its row names no manifest",
            remedy="upload the picture under another name: equal bytes are not paid for again",
        )
    if job.announcements == 0:
        yield Finding(
            kind="event_missing",
            subject=job.id,
            detail=f"the job is {job.state} and no event was ever made of it",
            remedy="tell whoever waits for it: its end stands in its time line",
            command=show,
        )


def _at_risk(job: Job, now: float) -> Iterator[Finding]:
    """A result that exists, or should, and will be gone before long."""
    if job.task is None or job.raw is not None or job.task.deadline - now > RISK:
        return
    left = job.task.deadline - now
    yield Finding(
        kind="result_at_risk",
        subject=job.id,
        detail=f"the job is {job.state}, and what was paid for is gone in {left:.0f} s",
        remedy="see the finalizer's log; have it looked at now",
        command=look_again(job.id),
    )


def _overdue(job: Job, now: float, *, at_work: bool) -> Iterator[Finding]:
    """Chores that nobody does. What waits for the provider's slot may wait for long."""
    waits = job.state is JobState.QUEUED and job.waits_for is None
    if waits or job.due_at is None or now - job.due_at < OVERDUE:
        return
    yield Finding(
        kind="job_overdue",
        subject=job.id,
        detail=f"the job is {job.state}, and has been due for {now - job.due_at:.0f} s",
        remedy="check the poller's timer trigger and its log; the command wakes it",
        command=look_again(job.id),
        settling=at_work,
    )


def _owed(job: Job, now: float) -> Iterator[Finding]:
    for outgoing in job.outbox:
        yield Finding(
            kind="event_undelivered",
            subject=job.id,
            detail=f"{outgoing.type} has waited for {now - outgoing.occurred_at:.0f} s",
            remedy="check that every sink of MASKLINE_SINKS answers; the poller keeps trying",
            command=look_again(job.id),
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
            command=look_again(job.id),
            settling=now - job.changed_at < MINUTE,
        )


def counts_as_paid(job: Job) -> bool:
    """Whether the gate must have counted a paid picture for this job by now."""
    owed = any(isinstance(effect, ReleaseSlot) and effect.billed for effect in job.pending)
    return job.saw_succeeded and not owed


def judge_pin(job: Job | None, key: str, *, age: float, remove: str) -> Finding | None:
    """Whether a pinned copy is left over: its job is final or unknown, and owes no deletion."""
    if job is not None and (not job.state.is_final or job.pending):
        return None
    whose = "no job" if job is None else f"job {job.id}, which is {job.state}"
    return Finding(
        kind="pin_left",
        subject=key,
        detail=f"the pinned copy belongs to {whose}",
        remedy="delete the object; the bucket's lifecycle rule does so as well",
        command=remove,
        settling=age < MINUTE,
    )


def judge_copy(archived: Job) -> Finding:
    """An older row of a job that came back from the archive, or that changed on its way there."""
    return Finding(
        kind="archive_outdated",
        subject=archived.id,
        detail=f"the archive has it as it was in version {archived.version}, and it has changed",
        remedy="have the older row removed",
        command=f"maskline archive {archived.id}",
    )


def judge_raw(path: str, *, remove: str) -> Finding:
    """A raw result that no job refers to any more."""
    return Finding(
        kind="raw_without_job",
        subject=path,
        detail="no job has paid for it, and none leads for its bytes",
        remedy="delete it",
        command=remove,
    )


def judge_task(job: Job, claims: Mapping[str, Claim]) -> Finding | None:
    """Whether the job's task was bound to another job first (protocol 6)."""
    if job.task is None:
        return None
    claim = claims.get(task_claim_id(job.task.task_id))
    if claim is None or claim.job_id == job.id:
        return None
    return Finding(
        kind="task_double",
        subject=job.id,
        detail=f"its task {job.task.task_id} belongs to job {claim.job_id}",
        remedy="compare the two jobs' results; one of them shows the other's picture",
        command=f"maskline show {claim.job_id}",
    )


def damaged(kind: str, key: str, detail: str, job_id: str) -> Finding:
    """A result set that is not whole."""
    remedy = "make the set anew from the stored mask; nothing is paid"
    command = f"maskline rederive {job_id}"
    return Finding(kind=kind, subject=key, detail=detail, remedy=remedy, command=command)
