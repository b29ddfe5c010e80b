"""What went wrong, as data that travels in rows, events and on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class FailureKind(str, Enum):
    """What to do about a provider's error, whatever its HTTP status said."""

    RETRY = "retry"
    """Trying again later may work, a bounded number of times."""
    TERMINAL = "terminal"
    """This picture will never be accepted."""
    STOP = "stop"
    """Account or configuration: everything stops, nothing is burnt."""
    ADJUST = "adjust"
    """The request must be made anew (a stale credential), then it may work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failure: `code` is the provider's or ours; `remedy` says what a person can do."""

    kind: FailureKind
    code: str
    message: str
    request_id: str | None = None
    remedy: str | None = None
    message_zh: str | None = None
    remedy_zh: str | None = None
