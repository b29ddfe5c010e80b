"""The only place where a job changes state.

`decide` is pure: the core decides, the shell writes the job on condition and then performs the
effects, which stay in `Job.pending` until they are seen done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from shared.domain import signals as s
from shared.domain import timeline
from shared.domain.effects import Effect
from shared.domain.erasure import Erasure, erasure_job_id
from shared.domain.errors import IllegalTransitionError
from shared.domain.job import Job, Source, job_id_of
from shared.domain.moves import FIRST_STATE, MOVES
from shared.domain.state import JobState

_QUEUED, _SUBMITTING, _UNCERTAIN = JobState.QUEUED, JobState.SUBMITTING, JobState.UNCERTAIN
_RUNNING, _FINALIZING, _DONE = JobState.RUNNING, JobState.FINALIZING, JobState.DONE
_REJECTED, _FAILED, _LOST = JobState.REJECTED, JobState.FAILED, JobState.LOST

TRANSITIONS: Final[Mapping[tuple[JobState, type[s.Signal]], JobState]] = {
    (_QUEUED, s.Prepared): _QUEUED,
    (_QUEUED, s.InputRefused): _REJECTED,
    (_QUEUED, s.LeaderFound): _QUEUED,
    (_QUEUED, s.LeadTaken): _QUEUED,
    (_QUEUED, s.ResultReused): _FINALIZING,
    (_QUEUED, s.PermitGranted): _SUBMITTING,
    (_QUEUED, s.TaskFailed): _FAILED,
    (_SUBMITTING, s.TaskAccepted): _RUNNING,
    (_SUBMITTING, s.SubmitPutOff): _QUEUED,
    (_SUBMITTING, s.SubmitRefused): _FAILED,
    (_SUBMITTING, s.OutcomeUnknown): _UNCERTAIN,
    (_UNCERTAIN, s.TaskAccepted): _RUNNING,
    (_UNCERTAIN, s.AbsenceProved): _QUEUED,
    (_UNCERTAIN, s.ProofGaveOut): _FAILED,
    (_RUNNING, s.TaskSucceeded): _FINALIZING,
    (_RUNNING, s.TaskFailed): _FAILED,
    (_RUNNING, s.TaskFailedForNow): _QUEUED,
    (_RUNNING, s.OutcomeUnknown): _UNCERTAIN,
    (_RUNNING, s.TaskVanished): _LOST,
    (_FINALIZING, s.FinalizeDue): _FINALIZING,
    (_FINALIZING, s.RawSaved): _FINALIZING,
    (_FINALIZING, s.ResultStored): _DONE,
    (_FINALIZING, s.ResultUnusable): _FAILED,
    (_FINALIZING, s.ResultNotOurs): _FAILED,
    (_FINALIZING, s.TaskVanished): _LOST,
    (_FAILED, s.RetryAsked): _QUEUED,
    (_FAILED, s.FinalizeAgain): _FINALIZING,
    (_LOST, s.RetryAsked): _QUEUED,
    (_DONE, s.AnnounceAsked): _DONE,
    (_DONE, s.DerivationBegun): _DONE,
    (_DONE, s.DerivationEnded): _DONE,
    **{(state, s.Forgotten): state for state in JobState if state.is_final},
    **{(state, s.UploadedAnew): _QUEUED for state in JobState if state.is_final},
    **{(state, s.PutOff): state for state in JobState},
    **{(state, s.EffectsPerformed): state for state in JobState},
    **{(state, s.DeliveryTried): state for state in JobState},
    **{(state, s.ReplayAsked): state for state in JobState if state.is_final},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The job after a signal, and what that signal newly asks the shell to do."""

    job: Job
    effects: tuple[Effect, ...] = ()
    changed: bool = True


def new_job(source: Source, *, nonce: str, now: float, place: int = 0) -> Job:
    """The job of an upload that nobody has seen before, at its place in the line."""
    return Job(
        id=job_id_of(source.bucket, source.key, source.etag),
        source=source,
        state=FIRST_STATE,
        version=1,
        nonce=nonce,
        created_at=now,
        changed_at=now,
        due_at=now,
        place=place,
        placed_for=1,
        history=timeline.begun(source, FIRST_STATE, now),
    )


def new_erasing(parent: Job, erasure: Erasure, *, nonce: str, now: float, place: int = 0) -> Job:
    """The job of an erasing that its parent asks for."""
    accepted = new_job(parent.source, nonce=nonce, now=now, place=place)
    return replace(accepted, id=erasure_job_id(erasure), erasure=erasure, trace=parent.trace)


def decide(job: Job, signal: s.Signal, *, nonce: str, now: float) -> Decision:
    """Apply *signal* to *job*; *nonce* marks the write that will follow.

    A final job ignores what no longer concerns it, because triggers deliver more than once.

    Raises:
        IllegalTransitionError: the signal has no meaning in the job's present state.
    """
    target = TRANSITIONS.get((job.state, type(signal)))
    if target is None:
        if job.state.is_final:
            return Decision(job=job, changed=False)
        raise IllegalTransitionError(f"{type(signal).__name__} while {job.state}")
    move = MOVES[type(signal)](job, signal, now)
    moved = replace(
        job,
        state=target,
        version=job.version + 1,
        nonce=nonce,
        changed_at=now,
        pending=(*job.pending, *(e for e in move.effects if e not in job.pending)),
    )
    line = timeline.line(signal, target, move.note, move.effects, now)
    changes = {"history": timeline.grown(job.history, line), **move.changes}
    moved = replace(moved, **changes)
    return Decision(job=moved, effects=move.effects)
