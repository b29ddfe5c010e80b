"""What each signal does to a job: one small pure function per signal.

Each returns the job's new fields, the effects asked for, and a note for the time line ("" for
bookkeeping, where the signal says enough). The target state, version and nonce are the machine's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from shared.domain import claim, events, outbox, policy, signals
from shared.domain import moves_ending as ending
from shared.domain import moves_forgetting as forgetting
from shared.domain import moves_posting as posting
from shared.domain.effects import DropPin, Effect, InvokeFinalizer
from shared.domain.job import Job
from shared.domain.move import Move, drop_pin, ended, settle
from shared.domain.outbox import Ledger, Outgoing
from shared.domain.state import JobState


def _prepared(job: Job, signal: signals.Prepared, now: float) -> Move:
    changes = {
        "pin": signal.pin,
        "picture": signal.picture,
        "content_id": signal.content_id,
        "recipes": signal.recipes,
        "trace": signal.trace or job.trace,
        "waits_for": None,
        "due_at": now,
    }
    return Move(changes=changes, note=f"pinned as {signal.pin.key}")


def _input_refused(job: Job, signal: signals.InputRefused, now: float) -> Move:
    # A job whose bytes were read before had good ones: what is refused now is its key (replaced,
    # deleted), which is no fault of the others with the same bytes.
    changes = ended(job, events.JOB_REJECTED, now, failure=signal.failure)
    effects = (*drop_pin(job), *settle(job, claim.RELEASED))
    return Move(changes=changes, effects=effects, note=signal.failure.code)


def _leader_found(job: Job, signal: signals.LeaderFound, now: float) -> Move:
    note = "" if job.waits_for else f"waits for job {signal.leader_id} (same bytes)"
    changes = {"waits_for": signal.leader_id, "held_by": None, "due_at": signal.look_at}
    return Move(changes=changes, note=note)


def _lead_taken(job: Job, signal: signals.LeadTaken, now: float) -> Move:
    # The line has moved on while it waited outside.
    changes = {"waits_for": None, "due_at": now, "placed_for": 0}
    return Move(changes=changes, note="leads for these bytes")


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


def _put_off(job: Job, signal: signals.PutOff, now: float) -> Move:
    changes: dict[str, Any] = {"due_at": signal.until}
    if signal.absent_since is not None:
        changes["absent_since"] = signal.absent_since
    changes |= {"pin": signal.pin} if signal.pin else {}
    if signal.place is not None:
        changes |= {"place": signal.place, "placed_for": job.attempt, "held_by": None}
    if signal.held_by is not None:
        note = f"waits: nothing is left of the quota of {signal.held_by}"
        return Move(changes={**changes, "held_by": signal.held_by}, note=note)
    return Move(changes=changes, effects=drop_pin(job) if signal.pin else ())


def _effects_performed(job: Job, signal: signals.EffectsPerformed, now: float) -> Move:
    pending = tuple(e for e in job.pending if e not in signal.effects)
    changes: dict[str, Any] = {"pending": pending}
    dropped = {e.key for e in signal.effects if isinstance(e, DropPin)}
    if job.pin is not None and job.pin.key in dropped:
        changes["pin"] = None
    return Move(changes={**changes, **_rest(job, pending, job.outbox)})


def _delivery_tried(job: Job, signal: signals.DeliveryTried, now: float) -> Move:
    before = Ledger(outbox=job.outbox, told=job.told)
    ledger = outbox.after(before, signal.tries, signal.subscriptions)
    changes = {"outbox": ledger.outbox, "told": ledger.told}
    rest = _rest(job, job.pending, ledger.outbox)
    if job.state.is_final and ledger.outbox and not job.pending:
        rest = {"due_at": outbox.due_at(ledger.outbox, signal.subscriptions)}
    return Move(changes={**changes, **rest})


def _replay_asked(job: Job, signal: signals.ReplayAsked, now: float) -> Move:
    before = Ledger(outbox=job.outbox, told=job.told)
    ledger = outbox.reopened(before, signal.event_ids, signal.sinks, now)
    changes = {"outbox": ledger.outbox, "told": ledger.told, "due_at": now}
    return Move(changes=changes, note=signal.note)


def _rest(job: Job, pending: tuple[Effect, ...], owed: tuple[Outgoing, ...]) -> dict[str, Any]:
    """A final job that owes nothing any more is never due again."""
    settled = job.state.is_final and not pending and not owed
    return {"due_at": None} if settled else {}


MOVES: Final[Mapping[type, Callable[[Job, Any, float], Move]]] = {
    signals.Prepared: _prepared,
    signals.InputRefused: _input_refused,
    signals.LeaderFound: _leader_found,
    signals.LeadTaken: _lead_taken,
    signals.ResultReused: _result_reused,
    signals.PermitGranted: posting.permit_granted,
    signals.TaskAccepted: posting.task_accepted,
    signals.SubmitPutOff: posting.submit_put_off,
    signals.SubmitRefused: posting.submit_refused,
    signals.OutcomeUnknown: posting.outcome_unknown,
    signals.AbsenceProved: posting.absence_proved,
    signals.ProofGaveOut: posting.proof_gave_out,
    signals.TaskSucceeded: ending.task_succeeded,
    signals.TaskFailed: posting.task_failed,
    signals.TaskFailedForNow: posting.task_failed_for_now,
    signals.TaskVanished: ending.task_vanished,
    signals.FinalizeDue: ending.finalize,
    signals.FinalizeAgain: ending.finalize,
    signals.RawSaved: ending.raw_saved,
    signals.ResultStored: ending.result_stored,
    signals.ResultUnusable: ending.result_unusable,
    signals.ResultNotOurs: ending.result_not_ours,
    signals.RetryAsked: ending.retry_asked,
    signals.AnnounceAsked: ending.announce_asked,
    signals.DerivationBegun: ending.derivation_begun,
    signals.DerivationEnded: ending.derivation_ended,
    signals.Forgotten: forgetting.forgotten,
    signals.UploadedAnew: forgetting.uploaded_anew,
    signals.PutOff: _put_off,
    signals.EffectsPerformed: _effects_performed,
    signals.DeliveryTried: _delivery_tried,
    signals.ReplayAsked: _replay_asked,
}

FIRST_STATE: Final = JobState.QUEUED
