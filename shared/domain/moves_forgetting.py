"""What is left of a job that a person wanted forgotten.

Rows live until they are forgotten, in their own table or in the archive, never by a time to live,
and then leave this: no name, no bytes' digest, no result, no history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from shared.domain import policy, signals, timeline
from shared.domain.job import Job, Source, Step
from shared.domain.move import Move, next_attempt

_BLANK: Final[Mapping[str, object]] = {
    "pin": None,
    "picture": None,
    "content_id": None,
    "recipes": None,
    "trace": None,
    "waits_for": None,
    "task": None,
    "raw": None,
    "manifest_key": None,
    "people": None,
    "derivation": None,
    "reused_from": None,
    "failure": None,
    "pending": (),
    "outbox": (),
    "told": (),
    "extra": {},
    "due_at": None,
}


def forgettable_at(job: Job) -> float | None:
    """From when on nobody works on it, epoch seconds; None where that cannot be told yet.

    Its events may be owed, for a sink that was left behind is no reason to wait. A set that is
    being made anew would leave files behind, and so would a finalizer that saw the job before its
    end and was held up since: of one request there may be several.
    """
    if not job.state.is_final or job.pending:
        return None
    derives = job.derivation.until if job.derivation else 0.0
    ended = timeline.entered_at(job.history)
    return max(derives, ended + policy.FINALIZER_LIFE if job.finalize_attempt else 0.0)


def forgotten(job: Job, signal: signals.Forgotten, now: float) -> Move:
    source = Source(
        bucket=job.source.bucket,
        key="",
        etag="",
        size=0,
        request_id=job.source.request_id,
        uploaded_at=job.source.uploaded_at,
    )
    # One line in the place of all those before it, which may name the upload.
    line = Step(
        at=now, state=job.state, note="forgotten", since=job.created_at, count=job.version + 1
    )
    erasure = job.erasure and replace(
        job.erasure, line="", folder="", mask_key="", mask_sha256="", keep_key="", keep_sha256=""
    )
    changes = {
        **_BLANK,
        "source": source,
        "erasure": erasure,
        "forgotten_at": now,
        "history": (line,),
    }
    return Move(changes=changes)


def uploaded_anew(job: Job, signal: signals.UploadedAnew, now: float) -> Move:
    fresh = {"retries": 0, "refusals": 0, "saw_succeeded": False, "forgotten_at": None}
    # Its age counts from here: how long it waits, and which event is a late one, go by it.
    anew = {"source": replace(signal.source), "created_at": now}
    changes = {**next_attempt(job, now), **fresh, **anew}
    return Move(changes=changes, note="uploaded anew after it was forgotten")
