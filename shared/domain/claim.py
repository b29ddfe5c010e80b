"""Claims: rows that make one of many the owner of a task, or of some content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.domain.job import RawResult

STORED: Final = "stored"
REJECTED: Final = "rejected"
RELEASED: Final = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`task#<task_id>` binds a task to one job for good; `content#<id>` names who leads for
    identical bytes, and later how it ended (`outcome`) and where the raw result lies (`raw`).
    `by_likeness`: no answer told of the task; it may be another's until its result is seen.
    """

    id: str
    job_id: str
    attempt: int
    claimed_at: float
    version: int
    nonce: str
    outcome: str | None = None
    raw: RawResult | None = None
    by_likeness: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


def task_claim_id(task_id: str) -> str:
    """The claim that binds a provider's task to one job (protocol 6)."""
    return f"task#{task_id}"


def content_claim_id(content_id: str) -> str:
    """The claim that names the leader among identical bytes (protocol 8)."""
    return f"content#{content_id}"
