"""What signals about a result do to a job, and what is asked of one that has ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.domain import claim, events, policy, signals
from shared.domain.effects import AcceptErasure, InvokeFinalizer, ReleaseSlot
from shared.domain.job import Derivation, Job
from shared.domain.move import Move, drop_pin, ended, given_up, next_attempt, settle


def task_succeeded(job: Job, signal: signals.TaskSucceeded, now: float) -> Move:
    task = job.task and replace(job.task, ended_at=signal.ended_at, deadline=signal.deadline)
    changes = {
        "task": task,
        "saw_succeeded": True,
        "finalize_attempt": job.finalize_attempt + 1,
        "due_at": now + policy.FINALIZE_LEASE,
    }
    effects = (ReleaseSlot(job.attempt, billed=True), InvokeFinalizer(job.finalize_attempt + 1))
    return Move(changes=changes, effects=effects, note="the provider has a result")


def task_vanished(job: Job, signal: signals.TaskVanished, now: float) -> Move:
    changes = ended(job, events.JOB_LOST, now, failure=signal.failure, saw_succeeded=True)
    return Move(changes=changes, effects=given_up(job), note=signal.failure.code)


def finalize(job: Job, signal: signals.FinalizeDue | signals.FinalizeAgain, now: float) -> Move:
    count = job.finalize_attempt + 1
    changes = {"finalize_attempt": count, "due_at": now + policy.FINALIZE_LEASE, "failure": None}
    asked = f"{signal.note}: " if isinstance(signal, signals.FinalizeAgain) else ""
    note = f"{asked}finalizer asked ({count})"
    return Move(changes=changes, effects=(InvokeFinalizer(count),), note=note)


def raw_saved(job: Job, signal: signals.RawSaved, now: float) -> Move:
    effects = settle(job, claim.STORED)
    return Move(changes={"raw": signal.raw}, effects=effects, note="raw result saved")


def result_stored(job: Job, signal: signals.ResultStored, now: float) -> Move:
    changes = ended(
        job,
        events.JOB_DONE,
        now,
        manifest_key=signal.manifest_key,
        people=signal.people,
        failure=None,
    )
    found = "1 person" if signal.people == 1 else f"{signal.people} people"
    erasures = tuple(AcceptErasure(erasure) for erasure in signal.erasures)
    return Move(changes=changes, effects=(*drop_pin(job), *erasures), note=found)


def result_unusable(job: Job, signal: signals.ResultUnusable, now: float) -> Move:
    changes = ended(job, events.JOB_FAILED, now, failure=signal.failure)
    return Move(changes=changes, effects=drop_pin(job), note=signal.failure.code)


def result_not_ours(job: Job, signal: signals.ResultNotOurs, now: float) -> Move:
    # Nothing of it is stored for these bytes: whoever else has them is not given a stranger's mask.
    changes = ended(job, events.JOB_FAILED, now, failure=signal.failure, saw_succeeded=True)
    effects = (*drop_pin(job), *settle(job, claim.RELEASED))
    return Move(changes=changes, effects=effects, note=signal.failure.code)


def retry_asked(job: Job, signal: signals.RetryAsked, now: float) -> Move:
    source = replace(job.source, request_id=signal.request_id or job.source.request_id)
    fresh = {"retries": 0, "refusals": 0, "failure": None, "content_id": None, "source": source}
    changes = {**next_attempt(job, now), **fresh}
    return Move(changes=changes, note=signal.note)


def announce_asked(job: Job, signal: signals.AnnounceAsked, now: float) -> Move:
    source = replace(job.source, request_id=signal.request_id)
    changes = ended(job, events.JOB_DONE, now, source=source)
    return Move(changes=changes, note="uploaded again: announced again")


def derivation_begun(job: Job, signal: signals.DerivationBegun, now: float) -> Move:
    del now
    version = job.derivations + 1
    derivation = Derivation(version=version, until=signal.until)
    changes = {"derivations": version, "derivation": derivation}
    return Move(changes=changes, note=f"set v{version} begun: {signal.line}")


def derivation_ended(job: Job, signal: signals.DerivationEnded, now: float) -> Move:
    mine = job.derivation is not None and job.derivation.version == signal.version
    changes: dict[str, Any] = {"derivation": None} if mine else {}
    changes |= {"due_at": now + policy.CHORE_LEASE} if signal.erasures else {}
    erasures = tuple(AcceptErasure(erasure) for erasure in signal.erasures)
    return Move(changes=changes, effects=erasures, note=f"set v{signal.version} {signal.note}")
