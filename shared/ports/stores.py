"""State: rows that change only on condition.

Every write is one compare-and-set. A lost answer may hide a success; callers tell by the row's
`nonce` (protocol 7, `shared.usecases.journal`).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from shared.domain.claim import Claim
from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.domain.state import JobState


class Lane(str, Enum):
    """The two due lists: work that waits for the provider's slot, and everything else."""

    QUEUE = "queue"
    CHORE = "chore"


def lane_of(job: Job) -> Lane:
    """Which due list a job stands in while its `due_at` is set."""
    waiting = job.state is JobState.QUEUED and job.waits_for is None
    return Lane.QUEUE if waiting else Lane.CHORE


class JobStore(Protocol):
    """The jobs. Reads of one row are strongly consistent; `due` and `page` go through an index,
    which may lag, so what they return was read again on the base row and may be incomplete.
    """

    def get(self, job_id: str) -> Job | None:
        """The job, or None. Raises UnavailableError, ThrottledError."""

    def get_many(self, job_ids: Sequence[str]) -> Sequence[Job]:
        """Those of the jobs that exist, in no promised order: a walk over a million asks about a
        hundred at once. One that cannot be read is left out.
        """

    def add(self, job: Job) -> None:
        """Create the row. Raises ConflictError where there is one already."""

    def replace(self, job: Job, *, expected_version: int) -> None:
        """Write the row if its version is still *expected_version*. Raises ConflictError."""

    def due(self, lane: Lane, *, before: float, limit: int) -> Sequence[Job]:
        """At most *limit* jobs of a lane with `due_at <= before`, earliest first.

        A hint, never proof of emptiness (protocol 15).
        """

    def page(
        self, state: JobState | None, *, after: str | None, limit: int
    ) -> tuple[Sequence[Job], str | None]:
        """Jobs for a person to look through, in no promised order, and the cursor of the next
        page (None: that was the last).
        """


class GateStore(Protocol):
    """The gate rows, one per provider account and model."""

    def get(self, gate_id: str) -> Gate | None:
        """The gate, `wake` included, or None."""

    def add(self, gate: Gate) -> None:
        """Create the row with wake 0. Raises ConflictError where there is one already."""

    def replace(
        self, gate: Gate, *, expected_version: int, expected_wake: int | None = None
    ) -> None:
        """Write the row if version (and, where given, the wake-up counter) are unchanged.

        Never writes `wake`. Raises ConflictError.
        """

    def wake(self, gate_id: str) -> None:
        """Add one to the wake-up counter, atomically and without touching the version.

        Raises NotFoundError where there is no such gate. After a lost answer it may have been
        added twice, which is harmless.
        """


class ClaimStore(Protocol):
    """Claims and what became of them."""

    def get(self, claim_id: str) -> Claim | None:
        """The claim, or None."""

    def get_many(self, claim_ids: Sequence[str]) -> Sequence[Claim]:
        """Those of the claims that exist, in no promised order."""

    def add(self, claim: Claim) -> None:
        """Create it. Raises ConflictError where there is one already."""

    def replace(self, claim: Claim, *, expected_version: int) -> None:
        """Write it if its version is unchanged. Raises ConflictError."""
