"""What signals about a POST and its task do to a job, up to the task's own end."""

from __future__ import annotations

from shared.domain import claim, events, policy, signals
from shared.domain.effects import ReleaseSlot
from shared.domain.failure import Failure, FailureKind
from shared.domain.job import Job
from shared.domain.move import Move, drop_pin, ended, given_up, next_attempt, settle


def permit_granted(job: Job, signal: signals.PermitGranted, now: float) -> Move:
    changes = {
        "intent_at": now,
        "post_not_after": signal.post_not_after,
        "key_fingerprint": signal.key_fingerprint,
        "due_at": now + policy.SUBMIT_LEASE,
        "held_by": None,
    }
    return Move(changes=changes, note=f"attempt {job.attempt} may be posted")


def task_accepted(job: Job, signal: signals.TaskAccepted, now: float) -> Move:
    changes = {"task": signal.task, "due_at": now + policy.RUNNING_CHECK, "refusals": 0}
    return Move(changes=changes, note=f"task {signal.task.task_id}")


def submit_put_off(job: Job, signal: signals.SubmitPutOff, now: float) -> Move:
    # Nothing is under way, so the pinned copy serves again; the attempt's number must still grow,
    # or a ReleaseSlot repeated late would free the slot of the next try.
    refusals = job.refusals + int(signal.refused)
    changes = {**next_attempt(job, signal.retry_at), "pin": job.pin, "refusals": refusals}
    effects = (ReleaseSlot(job.attempt, billed=False),)
    return Move(changes=changes, effects=effects, note=signal.note)


def submit_refused(job: Job, signal: signals.SubmitRefused, now: float) -> Move:
    return _failed(job, signal.failure, now)


def outcome_unknown(job: Job, signal: signals.OutcomeUnknown, now: float) -> Move:
    # Of an adopted task that failed, too: whether it was ours is as unknown as before.
    changes = {"due_at": signal.look_at, "answer_request_id": signal.request_id, "task": None}
    return Move(changes=changes, note="the outcome of the POST is not known")


def absence_proved(job: Job, signal: signals.AbsenceProved, now: float) -> Move:
    effects = (ReleaseSlot(job.attempt, billed=False), *drop_pin(job))
    changes = next_attempt(job, signal.retry_at)
    return Move(changes=changes, effects=effects, note="the POST made no task")


def proof_gave_out(job: Job, signal: signals.ProofGaveOut, now: float) -> Move:
    changes = ended(job, events.JOB_FAILED, now, failure=signal.failure, saw_succeeded=True)
    return Move(changes=changes, effects=given_up(job), note=signal.failure.code)


def task_failed(job: Job, signal: signals.TaskFailed, now: float) -> Move:
    return _failed(job, signal.failure, now)


def _failed(job: Job, failure: Failure, now: float) -> Move:
    outcome = claim.REJECTED if failure.kind is FailureKind.TERMINAL else claim.RELEASED
    effects = (ReleaseSlot(job.attempt, billed=False), *drop_pin(job), *settle(job, outcome))
    changes = ended(job, events.JOB_FAILED, now, failure=failure)
    return Move(changes=changes, effects=effects, note=failure.code)


def task_failed_for_now(job: Job, signal: signals.TaskFailedForNow, now: float) -> Move:
    effects = (ReleaseSlot(job.attempt, billed=False), *drop_pin(job))
    changes = {**next_attempt(job, signal.retry_at), "retries": job.retries + 1}
    note = f"{signal.failure.code}: tried again as attempt {job.attempt + 1}"
    return Move(changes=changes, effects=effects, note=note)
