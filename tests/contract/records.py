"""Records for the suites: small, complete, and different where it matters."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from shared.domain.claim import Claim
from shared.domain.effects import (
    DropPin,
    InvokeFinalizer,
    ReleaseSlot,
    SettleContent,
)
from shared.domain.erasure import Erasure
from shared.domain.failure import Failure, FailureKind
from shared.domain.gate import Breaker, Gate, Intent, Lease, Slot
from shared.domain.job import Job, Picture, Pin, RawResult, Source, Step, Task
from shared.domain.outbox import Outgoing
from shared.domain.quota import Quota
from shared.domain.state import JobState

T = TypeVar("T")
NOW = 1_800_000_000.0


def job(job_id: str = "job-1", **changes: Any) -> Job:
    """A fresh upload, waiting for the provider's slot and due."""
    source = Source(
        bucket="photos",
        key="uploads/人像 a+b%41.jpg",
        etag="A" * 32,
        size=1234,
        request_id="0123456789ABCDEF01234567",
        uploaded_at=NOW - 1,
    )
    fresh = Job(
        id=job_id,
        source=source,
        state=JobState.QUEUED,
        version=1,
        nonce="n1",
        created_at=NOW,
        changed_at=NOW,
        due_at=NOW,
    )
    return replace(fresh, **changes)


def standing(job_id: str = "job-1", **changes: Any) -> Job:
    """One that stands in the line before the slot."""
    return job(job_id, **{"place": 1, "placed_for": 1, **changes})


def full_job() -> Job:
    """A job with something in every field."""
    failure = Failure(
        kind=FailureKind.RETRY,
        code="InternalError.Algo",
        message="algorithm process error",
        request_id="r-1",
        remedy="wait",
        message_zh="算法错误",
        remedy_zh="请稍候",
    )
    return job(
        "job-full",
        state=JobState.FINALIZING,
        attempt=2,
        retries=1,
        pin=Pin(key="pins/x-2.jpg", etag="B" * 32, attempt=2),
        picture=Picture(
            format="JPEG",
            width=800,
            height=600,
            orientation=6,
            size=1234,
            sha256="c" * 64,
            process="image/auto-orient,1",
            sent_width=800,
            sent_height=600,
        ),
        content_id="d" * 40,
        waits_for="job-0",
        post_not_after=NOW + 10,
        intent_at=NOW,
        task=Task(task_id="t-1", request_id="r-2", accepted_at=NOW, deadline=NOW + 9, ended_at=NOW),
        key_fingerprint="f00d",
        saw_succeeded=True,
        finalize_attempt=3,
        raw=RawResult(mask_key="raw/m", vis_key=None, mask_sha256="e" * 64),
        manifest_key="results/x/manifest.json",
        people=2,
        reused_from="job-9",
        failure=failure,
        announcements=1,
        pending=(
            ReleaseSlot(2, billed=True),
            InvokeFinalizer(3),
            DropPin("pins/x-1.jpg"),
            SettleContent("d" * 40, "stored"),
        ),
        outbox=(
            Outgoing(
                event_id="e-1",
                type="maskline.job.done",
                sequence=7,
                occurred_at=NOW,
                delivered_to=("log",),
            ),
        ),
        history=(Step(at=NOW, state=JobState.QUEUED, note="上传"),),
        extra={"from_the_future": {"deep": [1, {"x": None}]}},
    )


def erasure() -> Erasure:
    """What an erasing is about."""
    return Erasure(
        parent_id="job-1",
        line="erase:people=1+3",
        people=(1, 3),
        mask_key="raw/c/t/erase-1.png",
        mask_sha256="1" * 64,
        keep_key="raw/c/t/erase-2.png",
        keep_sha256="2" * 64,
        folder="results/人像.jpg/E/erase/",
        fast_mode=True,
    )


def gate(**changes: Any) -> Gate:
    """An idle gate."""
    return replace(Gate(id="gate-1", version=1, nonce="n1"), **changes)


def full_gate() -> Gate:
    """A gate with something in every field but the counter, which stores keep by themselves."""
    return gate(
        window=3,
        widened_at=NOW,
        slots=(Slot(job_id="j", attempt=1, taken_at=NOW, task_id="t", accepted_at=NOW),),
        intent=Intent(job_id="k", attempt=1, nonce="x", opened_at=NOW, post_not_after=NOW + 10),
        posts=(NOW - 1, NOW),
        hold_until=NOW + 5,
        quota=Quota(budget=500, spent=7, reserved=frozenset({("j", 1), ("k", 1)}), warned=True),
        breaker=Breaker(code="Arrearage", message="m", opened_at=NOW, retry_at=NOW + 60, epoch=1),
        breaker_epoch=1,
        lease=Lease(holder="h", generation=4, renewed_at=NOW, seconds=12.0),
        generation=4,
        quiet_wake=2,
        next_due=NOW + 3,
        skew=0.25,
        api_key_id="1250",
        extra={"from_the_future": [1, 2]},
    )


def claim(**changes: Any) -> Claim:
    """A claim of a task."""
    fresh = Claim(id="task#t-1", job_id="job-1", attempt=1, claimed_at=NOW, version=1, nonce="n1")
    return replace(fresh, **changes)


def once(answer: Callable[[], T], fits: Callable[[T], bool], seconds: float = 10.0) -> T:
    """The answer as soon as it fits; the last one after *seconds*, for the assertion to show."""
    deadline = time.monotonic() + seconds
    while True:
        found = answer()
        if fits(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.02)
