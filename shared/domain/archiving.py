"""Jobs that ended long ago leave the table of those that are worked on, and may come back.

The row in the archive is put before the other goes, and a job comes back only in the place of a
newcomer: a fresh row of its name, made where there was none, that nothing was done with yet. Who
makes one looks into the archive before anything else, and so after the other row had gone:

    archive: put v8 ──── row v8 goes ──✂
    upload:                  newcomer v1 ── looks: v8 ── v9 in the newcomer's place
    archive:                                              its v8 goes

So nobody who may post has missed the look, whoever dies in between, and whatever was paid for is
seen (protocol 9). Versions go on counting where they stopped.
"""

from __future__ import annotations

from dataclasses import replace

from shared.domain import timeline
from shared.domain.job import Job, Step
from shared.domain.machine import decide, new_job
from shared.domain.repeated import repeated
from shared.domain.state import JobState


def is_newcomer(job: Job) -> bool:
    """Whether nothing was done with it yet, so that it may have been archived before. Whoever does
    something pins it first; what ended and is tried again is another attempt.
    """
    return job.state is JobState.QUEUED and job.attempt == 1 and job.pin is None


def may_be_archived(job: Job, *, before: float, now: float) -> bool:
    """Whether it ended and was last changed *before* (epoch seconds), and owes nothing: no event,
    no slot or quota, no copy, no word to those with equal bytes, no second stage, no new set. What
    waits for a job's end reads its claim, and an erasing carries what it needs, so neither misses
    the row. A tombstone stays.
    """
    owes = bool(job.pending or job.outbox or job.pin)
    derives = job.derivation is not None and now < job.derivation.until
    rests = job.state.is_final and not owes and not derives and job.forgotten_at is None
    return rests and job.due_at is None and job.changed_at < before


def newcomer_for(archived: Job, *, nonce: str, now: float) -> Job:
    """The row in whose place an archived job comes back."""
    fresh = new_job(archived.source, nonce=nonce, now=now)
    return replace(fresh, id=archived.id, erasure=archived.erasure, trace=archived.trace)


def brought_back(archived: Job, newcomer: Job, *, nonce: str, now: float) -> Job:
    """The archived job in the newcomer's place, and what the upload that the newcomer was made for
    means for it. Its version is none that either row has had.
    """
    version = max(archived.version, newcomer.version) + 1
    line = Step(
        at=now,
        state=archived.state,
        note="back from the archive",
        signal="BroughtBack",
        count=version - archived.version,
        since=newcomer.created_at if version - archived.version > 1 else None,
    )
    history = timeline.grown(archived.history, line)
    row = replace(archived, version=version, nonce=nonce, changed_at=now, history=history)
    # An erasing is asked for by its parent as often as that is looked after.
    signal = None if archived.erasure else repeated(archived, newcomer.source)
    return row if signal is None else decide(row, signal, nonce=nonce, now=now).job
