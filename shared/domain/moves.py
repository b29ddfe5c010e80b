"""What each signal does to a job: one small pure function per signal.

Each returns the job's new fields, the effects asked for, and a note for the time line ("" for
bookkeeping, which leaves no line). The target state, version and nonce are the machine's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.domain import claim, events, policy, signals
from shared.domain.effects import DropPin, Effect, InvokeFinalizer, ReleaseSlot, SettleContent
from shared.domain.failure import Failure, FailureKind
from shared.domain.job import Job, Outgoing
from shared.domain.state import JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Changes to the job's fields, effects to ask for, and the line for people."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    note: str = ""


def _drop_pin(job: Job) -> tuple[Effect, ...]:
    return (DropPin(job.pin.key),) if job.pin else ()


def _settle(job: Job, outcome: str) -> tuple[Effect, ...]:
    leads = job.content_id is not None and job.waits_for is None and job.reused_from is None
    return (SettleContent(job.content_id, outcome),) if leads and job.content_id else ()


def _given_up(job: Job) -> tuple[Effect, ...]:
    """Nothing will come of the attempt, and it counts as paid."""
    settled = _settle(job, claim.RELEASED)
    return (ReleaseSlot(job.attempt, billed=True), *_drop_pin(job), *settled)


def _announce(job: Job, event_type: str, now: float) -> dict[str, Any]:
    count = job.announcements + 1
    outgoing = Outgoing(
        event_id=events.event_id(job.id, event_type, count),
        type=event_type,
        sequence=job.version + 1,
        occurred_at=now,
    )
    return {"outbox": (*job.outbox, outgoing), "announcements": count}


def _ended(job: Job, event_type: str, now: float, **changes: Any) -> dict[str, Any]:
    return {**_announce(job, event_type, now), "due_at": now + policy.CHORE_LEASE, **changes}


def _prepared(job: Job, signal: signals.Prepared, now: float) -> Move:
    changes = {
        "pin": signal.pin,
        "picture": signal.picture,
        "content_id": signal.content_id,
        "waits_for": None,
        "due_at": now,
    }
    return Move(changes=changes, note=f"pinned as {signal.pin.key}")


def _input_refused(job: Job, signal: signals.InputRefused, now: float) -> Move:
    # A job whose bytes were read before had good ones: what is refused now is its key (replaced,
    # deleted), which is no fault of the others with the same bytes.
    changes = _ended(job, events.JOB_REJECTED, now, failure=signal.failure)
    effects = (*_drop_pin(job), *_settle(job, claim.RELEASED))
    return Move(changes=changes, effects=effects, note=signal.failure.code)


def _leader_found(job: Job, signal: signals.LeaderFound, now: float) -> Move:
    note = "" if job.waits_for else f"waits for job {signal.leader_id} (same bytes)"
    return Move(changes={"waits_for": signal.leader_id, "due_at": signal.look_at}, note=note)


def _lead_taken(job: Job, signal: signals.LeadTaken, now: float) -> Move:
    return Move(changes={"waits_for": None, "due_at": now}, note="leads for these bytes")


def _result_reused(job: Job, signal: signals.ResultReused, now: float) -> Move:
    changes = {
        "raw": signal.raw,
        "reused_from": signal.from_job,
        "waits_for": None,
        "finalize_attempt": job.finalize_attempt + 1,
        "due_at": now + policy.FINALIZE_LEASE,
    }
    effects = (InvokeFinalizer(job.finalize_attempt + 1),)
    return Move(changes=changes, effects=effects, note=f"result of job {signal.from_job} reused")


def _permit_granted(job: Job, signal: signals.PermitGranted, now: float) -> Move:
    changes = {
        "intent_at": now,
        "post_not_after": signal.post_not_after,
        "key_fingerprint": signal.key_fingerprint,
        "due_at": now + policy.SUBMIT_LEASE,
    }
    return Move(changes=changes, note=f"attempt {job.attempt} may be posted")


def _task_accepted(job: Job, signal: signals.TaskAccepted, now: float) -> Move:
    changes = {"task": signal.task, "due_at": now + policy.RUNNING_CHECK}
    return Move(changes=changes, note=f"task {signal.task.task_id}")


def _next_attempt(job: Job, retry_at: float) -> dict[str, Any]:
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


def _submit_put_off(job: Job, signal: signals.SubmitPutOff, now: float) -> Move:
    # Nothing is under way, so the pinned copy serves again; the attempt's number must still grow,
    # or a ReleaseSlot repeated late would free the slot of the next try.
    changes = {**_next_attempt(job, signal.retry_at), "pin": job.pin}
    effects = (ReleaseSlot(job.attempt, billed=False),)
    return Move(changes=changes, effects=effects, note=signal.note)


def _submit_refused(job: Job, signal: signals.SubmitRefused, now: float) -> Move:
    return _failed(job, signal.failure, now)


def _outcome_unknown(job: Job, signal: signals.OutcomeUnknown, now: float) -> Move:
    changes = {"due_at": signal.look_at, "answer_request_id": signal.request_id}
    return Move(changes=changes, note="the outcome of the POST is not known")


def _absence_proved(job: Job, signal: signals.AbsenceProved, now: float) -> Move:
    effects = (ReleaseSlot(job.attempt, billed=False), *_drop_pin(job))
    changes = _next_attempt(job, signal.retry_at)
    return Move(changes=changes, effects=effects, note="the POST made no task")


def _proof_gave_out(job: Job, signal: signals.ProofGaveOut, now: float) -> Move:
    changes = _ended(job, events.JOB_FAILED, now, failure=signal.failure, saw_succeeded=True)
    return Move(changes=changes, effects=_given_up(job), note=signal.failure.code)


def _task_succeeded(job: Job, signal: signals.TaskSucceeded, now: float) -> Move:
    task = job.task and replace(job.task, ended_at=signal.ended_at, deadline=signal.deadline)
    changes = {
        "task": task,
        "saw_succeeded": True,
        "finalize_attempt": job.finalize_attempt + 1,
        "due_at": now + policy.FINALIZE_LEASE,
    }
    effects = (ReleaseSlot(job.attempt, billed=True), InvokeFinalizer(job.finalize_attempt + 1))
    return Move(changes=changes, effects=effects, note="the provider has a result")


def _task_failed(job: Job, signal: signals.TaskFailed, now: float) -> Move:
    return _failed(job, signal.failure, now)


def _failed(job: Job, failure: Failure, now: float) -> Move:
    outcome = claim.REJECTED if failure.kind is FailureKind.TERMINAL else claim.RELEASED
    effects = (ReleaseSlot(job.attempt, billed=False), *_drop_pin(job), *_settle(job, outcome))
    changes = _ended(job, events.JOB_FAILED, now, failure=failure)
    return Move(changes=changes, effects=effects, note=failure.code)


def _task_failed_for_now(job: Job, signal: signals.TaskFailedForNow, now: float) -> Move:
    effects = (ReleaseSlot(job.attempt, billed=False), *_drop_pin(job))
    changes = {**_next_attempt(job, signal.retry_at), "retries": job.retries + 1}
    note = f"{signal.failure.code}: tried again as attempt {job.attempt + 1}"
    return Move(changes=changes, effects=effects, note=note)


def _task_vanished(job: Job, signal: signals.TaskVanished, now: float) -> Move:
    changes = _ended(job, events.JOB_LOST, now, failure=signal.failure, saw_succeeded=True)
    return Move(changes=changes, effects=_given_up(job), note=signal.failure.code)


def _finalize(job: Job, signal: signals.FinalizeDue | signals.FinalizeAgain, now: float) -> Move:
    count = job.finalize_attempt + 1
    changes = {"finalize_attempt": count, "due_at": now + policy.FINALIZE_LEASE, "failure": None}
    asked = f"{signal.note}: " if isinstance(signal, signals.FinalizeAgain) else ""
    note = f"{asked}finalizer asked ({count})"
    return Move(changes=changes, effects=(InvokeFinalizer(count),), note=note)


def _raw_saved(job: Job, signal: signals.RawSaved, now: float) -> Move:
    effects = _settle(job, claim.STORED)
    return Move(changes={"raw": signal.raw}, effects=effects, note="raw result saved")


def _result_stored(job: Job, signal: signals.ResultStored, now: float) -> Move:
    changes = _ended(
        job,
        events.JOB_DONE,
        now,
        manifest_key=signal.manifest_key,
        people=signal.people,
        failure=None,
    )
    found = "1 person" if signal.people == 1 else f"{signal.people} people"
    return Move(changes=changes, effects=_drop_pin(job), note=found)


def _result_unusable(job: Job, signal: signals.ResultUnusable, now: float) -> Move:
    changes = _ended(job, events.JOB_FAILED, now, failure=signal.failure)
    return Move(changes=changes, effects=_drop_pin(job), note=signal.failure.code)


def _retry_asked(job: Job, signal: signals.RetryAsked, now: float) -> Move:
    source = replace(job.source, request_id=signal.request_id or job.source.request_id)
    fresh = {"retries": 0, "failure": None, "content_id": None, "source": source}
    changes = {**_next_attempt(job, now), **fresh}
    return Move(changes=changes, note=signal.note)


def _announce_asked(job: Job, signal: signals.AnnounceAsked, now: float) -> Move:
    source = replace(job.source, request_id=signal.request_id)
    changes = _ended(job, events.JOB_DONE, now, source=source)
    return Move(changes=changes, note="uploaded again: announced again")


def _put_off(job: Job, signal: signals.PutOff, now: float) -> Move:
    changes: dict[str, Any] = {"due_at": signal.until}
    if signal.absent_since is not None:
        changes["absent_since"] = signal.absent_since
    changes |= {"pin": signal.pin} if signal.pin else {}
    return Move(changes=changes, effects=_drop_pin(job) if signal.pin else ())


def _effects_performed(job: Job, signal: signals.EffectsPerformed, now: float) -> Move:
    pending = tuple(e for e in job.pending if e not in signal.effects)
    changes: dict[str, Any] = {"pending": pending}
    dropped = {e.key for e in signal.effects if isinstance(e, DropPin)}
    if job.pin is not None and job.pin.key in dropped:
        changes["pin"] = None
    return Move(changes={**changes, **_rest(job, pending, job.outbox)})


def _delivered(job: Job, signal: signals.Delivered, now: float) -> Move:
    def after(outgoing: Outgoing) -> Outgoing:
        return replace(outgoing, delivered_to=(*outgoing.delivered_to, signal.sink))

    outbox = tuple(
        after(o) if o.event_id == signal.event_id else o
        for o in job.outbox
        if not (signal.complete and o.event_id == signal.event_id)
    )
    return Move(changes={"outbox": outbox, **_rest(job, job.pending, outbox)})


def _rest(job: Job, pending: tuple[Effect, ...], outbox: tuple[Outgoing, ...]) -> dict[str, Any]:
    """A final job that owes nothing any more is never due again."""
    settled = job.state.is_final and not pending and not outbox
    return {"due_at": None} if settled else {}


MOVES: Final[Mapping[type, Callable[[Job, Any, float], Move]]] = {
    signals.Prepared: _prepared,
    signals.InputRefused: _input_refused,
    signals.LeaderFound: _leader_found,
    signals.LeadTaken: _lead_taken,
    signals.ResultReused: _result_reused,
    signals.PermitGranted: _permit_granted,
    signals.TaskAccepted: _task_accepted,
    signals.SubmitPutOff: _submit_put_off,
    signals.SubmitRefused: _submit_refused,
    signals.OutcomeUnknown: _outcome_unknown,
    signals.AbsenceProved: _absence_proved,
    signals.ProofGaveOut: _proof_gave_out,
    signals.TaskSucceeded: _task_succeeded,
    signals.TaskFailed: _task_failed,
    signals.TaskFailedForNow: _task_failed_for_now,
    signals.TaskVanished: _task_vanished,
    signals.FinalizeDue: _finalize,
    signals.FinalizeAgain: _finalize,
    signals.RawSaved: _raw_saved,
    signals.ResultStored: _result_stored,
    signals.ResultUnusable: _result_unusable,
    signals.RetryAsked: _retry_asked,
    signals.AnnounceAsked: _announce_asked,
    signals.PutOff: _put_off,
    signals.EffectsPerformed: _effects_performed,
    signals.Delivered: _delivered,
}

FIRST_STATE: Final = JobState.QUEUED
