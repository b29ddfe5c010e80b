"""The provider in memory: of each model one task at a time and two submissions a second, results
for a day.

It keeps a ledger of what it was asked and what it would bill, for simulations to judge by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

from shared.domain.failure import Failure, FailureKind
from shared.ports.clock import Clock
from shared.ports.errors import NotFoundError, RefusedError, RejectedError
from shared.ports.tasks import (
    Accepted,
    ListedTask,
    Submission,
    TaskPage,
    TaskReport,
    TaskStatus,
)

DAY: Final = 24 * 3600.0
PAGE_SIZE: Final = 10
RESULT: Final = "result://"

_THROTTLED = Failure(
    kind=FailureKind.RETRY, code="Throttling.RateQuota", message="Requests rate limit exceeded"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerTask:
    """A task as the provider sees it."""

    task_id: str
    request_id: str
    model: str
    url: str
    created_at: float
    started_at: float | None = None
    ended_at: float | None = None
    failure: Failure | None = None
    api_key_id: str = "key-1"
    mask_url: str | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def billed(self) -> bool:
        """The provider bills what succeeded."""
        return self.ended_at is not None and self.failure is None


@dataclass(slots=True)
class MemoryTaskService:
    """`service_seconds(n)` is what the n-th task takes; `read(url)` gives the picture's bytes or
    None where it cannot be downloaded, and is asked when the task starts; `segment(bytes)` gives
    the mask, or a Failure; `complete(bytes, mask)` gives the picture of an erasing; `landmarks` is
    what an engine that knows faces tells beside every mask. `list_lag` is
    how long a new task is missing from the list, seconds; `gone` are tasks that the provider has
    lost; `ended` is told of each task that ends.

    Whoever changes what `read` would give calls `advance` first, as time moves on demand here.
    """

    clock: Clock
    read: Callable[[str], bytes | None]
    segment: Callable[[bytes], bytes | Failure]
    service_seconds: Callable[[int], float] = lambda _: 1.0
    over_limit: str = "queue"
    api_key_id: str = "key-1"
    ledger: dict[str, LedgerTask] = field(default_factory=dict)
    list_lag: float = 0.0
    posts: list[float] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    ended: Callable[[LedgerTask], None] = lambda _: None
    complete: Callable[[bytes, bytes], bytes | Failure] = lambda photo, _: photo
    landmarks: bytes | None = None
    _inputs: dict[str, bytes | None] = field(default_factory=dict)
    _masks: dict[str, bytes] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def submit(self, submission: Submission, *, timeout: float) -> Accepted:  # noqa: ARG002 - instant
        """Raises RefusedError over the limits."""
        self.advance()
        now = self.clock.now()
        others = [t for t in self.ledger.values() if t.model == submission.model]
        recent = [t for t in others[-2:] if now - t.created_at < 1.0]
        busy = any(t.ended_at is None for t in others)
        if len(recent) >= 2 or (busy and self.over_limit == "reject"):  # noqa: PLR2004 - two a second
            raise RefusedError(_THROTTLED, throttled=True)
        self.posts.append(now)
        number = next(self._numbers)
        task = LedgerTask(
            task_id=f"task-{number:06d}",
            request_id=f"request-{number:06d}",
            model=submission.model,
            url=submission.inputs["image_url"],
            created_at=now,
            api_key_id=self.api_key_id,
            mask_url=submission.inputs.get("mask_url"),
            parameters=submission.parameters,
        )
        self.ledger[task.task_id] = task
        self.advance()
        return Accepted(task_id=task.task_id, request_id=task.request_id, server_time=now)

    def fetch(self, task_id: str) -> TaskReport:
        """How the task stands."""
        self.advance()
        task = self.ledger.get(task_id)
        if task is None or self._is_gone(task):
            return TaskReport(task_id=task_id, status=TaskStatus.UNKNOWN)
        report = TaskReport(
            task_id=task_id,
            status=_status(task),
            submitted_at=task.created_at,
            scheduled_at=task.started_at,
            ended_at=task.ended_at,
            failure=task.failure,
        )
        if report.status is not TaskStatus.SUCCEEDED:
            return report
        outputs = {
            "output_image_url": f"{RESULT}{task_id}",
            "output_vis_image_url": f"{RESULT}{task_id}/vis",
        }
        if self.landmarks is not None:
            outputs["output_landmarks_url"] = f"{RESULT}{task_id}/landmarks"
        return replace(report, outputs=outputs, expires_at=task.created_at + DAY)

    def list(self, *, since: float, until: float, page: int) -> TaskPage:
        """The tasks created in the window, newest first."""
        self.advance()
        until = min(until, self.clock.now() - self.list_lag)
        found = [
            t
            for t in reversed(self.ledger.values())
            if since <= t.created_at <= until and not self._is_gone(t)
        ]
        part = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        tasks = [
            ListedTask(
                task_id=t.task_id,
                model=t.model,
                status=_status(t),
                created_at=t.created_at,
                request_id=t.request_id,
                api_key_id=t.api_key_id,
            )
            for t in part
        ]
        pages = max(1, -(-len(found) // PAGE_SIZE))
        return TaskPage(total=len(found), page=page, pages=pages, tasks=tasks)

    def cancel(self, task_id: str) -> bool:
        """Cancel a task that has not begun."""
        task = self.ledger.get(task_id)
        if task is None or task.started_at is not None:
            return False
        canceled = Failure(kind=FailureKind.RETRY, code="Canceled", message="cancelled")
        self.ledger[task_id] = replace(task, ended_at=self.clock.now(), failure=canceled)
        return True

    def download(self, url: str, *, limit: int) -> bytes:
        """The mask, or the picture itself for a drawing. Raises NotFoundError, RejectedError."""
        task_id, _, other = url.removeprefix(RESULT).partition("/")
        task = self.ledger.get(task_id)
        if task is None or self._is_gone(task):
            raise NotFoundError("the result is gone")
        others = {"vis": self._inputs[task_id], "landmarks": self.landmarks}
        data = others[other] if other else self._masks[task_id]
        if data is None or len(data) > limit:
            raise RejectedError("the result is too large")
        return data

    def restart(self) -> None:
        """The provider starts anew: what was running begins once more, nothing is forgotten."""
        self.advance()
        for task in list(self.ledger.values()):
            if task.started_at is not None and task.ended_at is None:
                self.ledger[task.task_id] = replace(task, started_at=self.clock.now())

    def advance(self) -> None:
        """Let what should have happened by now have happened, one task after another."""
        now, never = self.clock.now(), float("inf")
        free_at: dict[str, float] = {}
        for number, task in enumerate(list(self.ledger.values())):
            free = free_at.get(task.model, 0.0)
            if task.ended_at is not None:
                free_at[task.model] = max(free, task.ended_at)
                continue
            start = task.started_at or max(task.created_at, free)
            if start > now:
                free_at[task.model] = never
                continue
            started = self._started(task, start)
            end = start + self.service_seconds(number)
            free_at[task.model] = end if end <= now else never
            if end <= now:
                self._end(started, end)

    def _started(self, task: LedgerTask, start: float) -> LedgerTask:
        if task.task_id not in self._inputs:
            self._inputs[task.task_id] = self.read(task.url)
        started = replace(task, started_at=start)
        self.ledger[task.task_id] = started
        return started

    def _end(self, task: LedgerTask, end: float) -> None:
        made = self._made(task, self._inputs[task.task_id])
        failure = made if isinstance(made, Failure) else None
        if isinstance(made, bytes):
            self._masks[task.task_id] = made
        ended = replace(task, ended_at=end, failure=failure)
        self.ledger[task.task_id] = ended
        self.ended(ended)

    def _made(self, task: LedgerTask, data: bytes | None) -> bytes | Failure:
        mask = None if task.mask_url is None else self.read(task.mask_url)
        if data is not None and task.mask_url is None:
            return self.segment(data)
        if data is not None and mask is not None:
            return self.complete(data, mask)
        return Failure(
            kind=FailureKind.RETRY,
            code="InvalidParameter.FileDownload",
            message="download for input_image error",
        )

    def _is_gone(self, task: LedgerTask) -> bool:
        return task.task_id in self.gone or self.clock.now() - task.created_at > DAY


def _status(task: LedgerTask) -> TaskStatus:
    if task.ended_at is not None:
        return TaskStatus.SUCCEEDED if task.failure is None else TaskStatus.FAILED
    return TaskStatus.PENDING if task.started_at is None else TaskStatus.RUNNING


def summary(tasks: Mapping[str, LedgerTask]) -> dict[str, int]:
    """Accepted and billed tasks, for a simulation's verdict."""
    return {"accepted": len(tasks), "billed": sum(t.billed for t in tasks.values())}
