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
from shared.domain.line import Flow
from shared.domain.stage import Stage
from shared.domain.state import JobState


class Lane(str, Enum):
    """The line before the provider's slot, ordered by place; those that were taken out of it for
    their prefix's quota, likewise; those that may have been paid for and are not saved, by time, so
    that nothing stands before what can be lost; and everything else, by time.
    """

    QUEUE = "queue"
    HELD = "held"
    UNSAVED = "unsaved"
    CHORE = "chore"


def lane_of(job: Job) -> Lane:
    """Which of them a job stands in while its `due_at` is set.

    One that was put off, or has begun a new attempt, has left the line; as a chore it is given a
    place in it again.
    """
    waiting = job.state is JobState.QUEUED and job.waits_for is None
    ready = job.due_at is not None and job.due_at <= job.changed_at
    if job.is_unsaved:
        return Lane.UNSAVED
    if not waiting or not ready or job.placed_for != job.attempt:
        return Lane.CHORE
    return Lane.QUEUE if job.held_by is None else Lane.HELD


class JobReader(Protocol):
    """Jobs' rows to read, wherever they stand. Reads of one row are strongly consistent; `page` of
    a state goes through an index, which may lag, so what it returns was read again on the base row
    and may be incomplete.
    """

    def get(self, job_id: str) -> Job | None:
        """The job, or None. Raises UnavailableError, ThrottledError."""

    def get_many(self, job_ids: Sequence[str]) -> Sequence[Job]:
        """Those of the jobs that exist, in no promised order: a walk over a million asks about a
        hundred at once. One that cannot be read is left out.
        """

    def page(
        self, state: JobState | None, *, after: str | None, limit: int
    ) -> tuple[Sequence[Job], str | None]:
        """Jobs for a person to look through, in no promised order, and the cursor of the next
        page (None: that was the last).
        """


class JobStore(JobReader, Protocol):
    """The jobs that are under way, and those that ended and were not archived. `line`, `held`,
    `unsaved` and `due` go through an index as well.
    """

    def add(self, job: Job) -> None:
        """Create the row. Raises ConflictError where there is one already."""

    def replace(
        self, job: Job, *, expected_version: int, expected_nonce: str | None = None
    ) -> None:
        """Write the row if its version is still *expected_version*, and its nonce, where given,
        *expected_nonce*: a row that was archived, and came again, counts its versions anew. Raises
        ConflictError.
        """

    def delete(self, job: Job) -> None:
        """Remove the row if its version and nonce are still the job's. Raises ConflictError where
        it has changed, or is gone.
        """

    def line(
        self, *, after: int, before: int, limit: int, stage: Stage = Stage.SEGMENT
    ) -> Sequence[Job]:
        """At most *limit* jobs that stand in the stage's line with `after <= place < before`, in
        order.

        A hint, never proof of emptiness (protocol 15).
        """

    def held(self, prefix: str, *, limit: int) -> Sequence[Job]:
        """At most *limit* jobs that wait for the quota of *prefix*, in order. A hint as well."""

    def unsaved(self, *, before: float, limit: int, stage: Stage = Stage.SEGMENT) -> Sequence[Job]:
        """At most *limit* jobs of the stage that may have been paid for and are not saved, with
        `due_at <= before`, earliest first. A hint as well.
        """

    def due(self, *, before: float, limit: int, stage: Stage = Stage.SEGMENT) -> Sequence[Job]:
        """At most *limit* other jobs of the stage with `due_at <= before`, earliest first. A hint
        as well.
        """


class ArchiveStore(Protocol):
    """Jobs that ended, as they were when they were put away (protocol 9). No index, and no row
    goes by itself.
    """

    def get(self, job_id: str) -> Job | None:
        """The job, read consistently, or None."""

    def get_many(self, job_ids: Sequence[str]) -> Sequence[Job]:
        """Those of the jobs that are there, in no promised order. One that cannot be read is left
        out.
        """

    def add(self, job: Job) -> None:
        """Put it away. Raises ConflictError where there is a row already."""

    def replace(self, job: Job, *, expected_version: int, expected_nonce: str) -> None:
        """Put it in the place of a row that has this version and nonce. Raises ConflictError."""

    def delete(self, job: Job) -> None:
        """Remove the row if its version and nonce are still the job's. Raises ConflictError where
        it has changed, or is gone.
        """

    def page(self, *, after: str | None, limit: int) -> tuple[Sequence[Job], str | None]:
        """Jobs in no promised order, and the cursor of the next page (None: that was the last)."""


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


class FlowStore(Protocol):
    """Folders' turns in the line."""

    def get(self, flow_id: str) -> Flow | None:
        """The folder's row, or None."""

    def add(self, flow: Flow) -> None:
        """Create it. Raises ConflictError where there is one already."""

    def replace(self, flow: Flow, *, expected_version: int) -> None:
        """Write it if its version is unchanged. Raises ConflictError."""


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
