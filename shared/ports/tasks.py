"""The provider of asynchronous image tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from shared.domain.failure import Failure


class TaskStatus(str, Enum):
    """The provider's words, compared without regard to case; anything else is `STRANGE`."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUSPENDED = "SUSPENDED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    UNKNOWN = "UNKNOWN"
    STRANGE = "STRANGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What is asked of the provider. `inputs` are URLs by field name (`image_url` ...)."""

    model: str
    inputs: Mapping[str, str]
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider took it. `server_time` is its `Date` header, epoch seconds, where it had one."""

    task_id: str
    request_id: str | None
    server_time: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """How a task stands. URLs are bearer secrets: never stored, logged or sent on.

    Times are epoch seconds; `expires_at` is the earliest `Expires` of the result URLs.
    """

    task_id: str
    status: TaskStatus
    submitted_at: float | None = None
    scheduled_at: float | None = None
    ended_at: float | None = None
    outputs: Mapping[str, str] = field(default_factory=dict, repr=False)
    expires_at: float | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTask:
    """One line of the provider's task list. `request_id` is that of its submission."""

    task_id: str
    model: str
    status: TaskStatus
    created_at: float
    request_id: str | None
    api_key_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """One page of the list; pages are numbered from 1."""

    total: int
    page: int
    pages: int
    tasks: Sequence[ListedTask]


class TaskService(Protocol):
    """Five verbs: the list is how a lost answer is found again."""

    def submit(self, submission: Submission, *, timeout: float) -> Accepted:
        """One POST, sent once, within *timeout* seconds in all.

        Raises NotSentError, OutcomeUnknownError, RefusedError, and nothing else.
        """

    def fetch(self, task_id: str) -> TaskReport:
        """How the task stands; a task that is not there is `UNKNOWN`, not an error.

        Raises ThrottledError, UnavailableError, ForbiddenError, RejectedError.
        """

    def list(self, *, since: float, until: float, page: int) -> TaskPage:
        """The account's tasks created between the two times (as well as the provider tells).

        Raises as `fetch`; an answer without the documented list is UnavailableError.
        """

    def cancel(self, task_id: str) -> bool:
        """Cancel a task that still waits; False where it was no longer PENDING."""

    def download(self, url: str, *, limit: int) -> bytes:
        """The bytes of a result file.

        Raises NotFoundError (gone or expired: 403, 404), RejectedError (over *limit* bytes, or a
        host that is not allowed), UnavailableError.
        """
