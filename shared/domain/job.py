"""The job: one upload (bucket, key, eTag) on its way to one fate.

All times are epoch seconds, UTC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.effects import Effect
from shared.domain.erasure import Erasure
from shared.domain.failure import Failure
from shared.domain.outbox import Outgoing
from shared.domain.stage import Stage
from shared.domain.state import JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The upload as its event told it. `request_id` tells a redelivery from a new upload."""

    bucket: str
    key: str
    etag: str
    size: int
    request_id: str
    uploaded_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The server-side copy of the upload that one attempt works on."""

    key: str
    etag: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the pinned bytes are. `width` and `height` are those of the upright picture, in pixels;
    `process` is the OSS image processing that makes it fit for the provider ("" where it fits),
    `sent_width` and `sent_height` what the provider then sees.
    """

    format: str
    width: int
    height: int
    orientation: int
    size: int
    sha256: str
    process: str
    sent_width: int
    sent_height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The provider's task of the current attempt. `deadline` is when its result is gone; `skew`
    is how far the provider's clock was ahead of ours, seconds; `by_likeness`: adopted with no
    request id to prove that it is ours, so its result has to (protocol 3).
    """

    task_id: str
    request_id: str | None
    accepted_at: float
    deadline: float
    ended_at: float | None = None
    skew: float = 0.0
    by_likeness: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResult:
    """Where the provider's own files were saved, before anything was made of them; of an erasing
    `mask_key` is the completed picture. `landmarks_key`: faces, of an engine that tells them.
    """

    mask_key: str
    vis_key: str | None
    mask_sha256: str
    landmarks_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """A set that is being made anew of a stored result; nobody else makes one before `until`."""

    version: int
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the job's time line: the signal that led to `state`, what it asked for, and the
    request that logs elsewhere know it by. One that came `count` times came first at `since`.
    """

    at: float
    state: JobState
    note: str
    signal: str = ""
    effects: tuple[str, ...] = ()
    request_id: str | None = None
    count: int = 1
    since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One upload's row. `version` and `nonce` guard every write (protocol 7).

    `due_at` is when somebody must look at the job again; None: never, by itself.
    `place` is where it stands in the line for the slot, given for the attempt `placed_for`.
    `held_by` is the upload prefix whose quota it waits for, outside the line.
    `pending` are the effects that were asked for and not yet seen done.
    `outbox` holds the events that some sink is still owed, `told` the latest of the others.
    `derivations` counts the sets that were begun of its result, `derivation` is the one under way.
    `erasure` is what an erasing is about; None: the job is an upload's own.
    `recipes` is the line of the upload's own metadata; None: the deployment's plan tells.
    `trace` is the `traceparent` (W3C Trace Context) of all that happens to the upload; None: off.
    `forgotten_at`: a tombstone. What could tell of a person is gone; what keeps a repeated event
    of the upload from being paid for again is not (protocol 9).
    `extra` keeps fields written by a newer version of the code.
    """

    id: str
    source: Source
    state: JobState
    version: int
    nonce: str
    created_at: float
    changed_at: float
    due_at: float | None
    place: int = 0
    placed_for: int = 0
    held_by: str | None = None
    attempt: int = 1
    retries: int = 0
    refusals: int = 0
    pin: Pin | None = None
    picture: Picture | None = None
    content_id: str | None = None
    recipes: str | None = None
    trace: str | None = None
    erasure: Erasure | None = None
    waits_for: str | None = None
    post_not_after: float | None = None
    intent_at: float | None = None
    answer_request_id: str | None = None
    absent_since: float | None = None
    task: Task | None = None
    key_fingerprint: str | None = None
    saw_succeeded: bool = False
    finalize_attempt: int = 0
    raw: RawResult | None = None
    manifest_key: str | None = None
    people: int | None = None
    derivations: int = 1
    derivation: Derivation | None = None
    reused_from: str | None = None
    failure: Failure | None = None
    announcements: int = 0
    forgotten_at: float | None = None
    pending: tuple[Effect, ...] = ()
    outbox: tuple[Outgoing, ...] = ()
    told: tuple[Outgoing, ...] = ()
    history: tuple[Step, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stage(self) -> Stage:
        """Whose queue, gate and budget it belongs to."""
        return Stage.SEGMENT if self.erasure is None else Stage.ERASE

    @property
    def is_unsaved(self) -> bool:
        """Whether it may have been paid for, and nothing of its result is in the bucket yet."""
        at_provider = self.state.holds_slot or self.state is JobState.FINALIZING
        return at_provider and self.raw is None


def is_known(job: Job | None, *, uploaded_at: float) -> bool:
    """Whether *job* is the job of what was uploaded then: a tombstone is none of what came since.

    An upload of before the forgetting was deleted by it: who still sees it looked earlier.
    """
    if job is None:
        return False
    return job.forgotten_at is None or uploaded_at <= job.forgotten_at


def job_id_of(bucket: str, key: str, etag: str) -> str:
    """The job of an upload: the same (bucket, key, eTag) is the same job, whoever asks.

    32 hexadecimal digits of SHA-256 over the three, separated by NUL, which no key may hold.
    """
    text = f"{bucket}\0{key}\0{etag}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
