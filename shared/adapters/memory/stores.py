"""Rows in memory, with the laws of the real ones: one writer of many wins, indexes may lag."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from shared.domain.claim import Claim
from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.domain.line import Flow
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.ports.errors import ConflictError, NotFoundError
from shared.ports.stores import Lane, lane_of


class _Row(Protocol):
    @property
    def id(self) -> str:
        """The row's key."""

    @property
    def version(self) -> int:
        """How many writes it has seen."""


RowT = TypeVar("RowT", bound=_Row)


class _Rows(Generic[RowT]):
    """A table: versions guard replacements."""

    def __init__(self) -> None:
        self._rows: dict[str, RowT] = {}
        self._lock = threading.Lock()

    def get(self, row_id: str) -> RowT | None:
        """The row, or None."""
        return self._rows.get(row_id)

    def get_many(self, row_ids: Sequence[str]) -> Sequence[RowT]:
        """Those of the rows that exist."""
        each = dict.fromkeys(row_ids)
        return [row for row_id in each if (row := self._rows.get(row_id)) is not None]

    def add(self, row: RowT) -> None:
        """Create it. Raises ConflictError."""
        with self._lock:
            if row.id in self._rows:
                raise ConflictError(f"{row.id} is there already")
            self._rows[row.id] = row

    def replace(self, row: RowT, *, expected_version: int) -> None:
        """Write it if its version is unchanged. Raises ConflictError."""
        with self._lock:
            self._check(row.id, expected_version)
            self._rows[row.id] = row

    def _check(self, row_id: str, expected_version: int) -> RowT:
        found = self._rows.get(row_id)
        if found is None or found.version != expected_version:
            raise ConflictError(f"{row_id} has changed")
        return found


class _JobRows(_Rows[Job]):
    """A table of jobs: rows may go, and whose write a version is counts as well."""

    def replace(
        self, row: Job, *, expected_version: int, expected_nonce: str | None = None
    ) -> None:
        """Write it if its version, and its nonce where given, are unchanged. Raises
        ConflictError.
        """
        with self._lock:
            found = self._check(row.id, expected_version)
            if expected_nonce not in {None, found.nonce}:
                raise ConflictError(f"{row.id} is another row by now")
            self._rows[row.id] = row

    def delete(self, job: Job) -> None:
        """Remove it if it is unchanged. Raises ConflictError."""
        with self._lock:
            if self._check(job.id, job.version).nonce != job.nonce:
                raise ConflictError(f"{job.id} is another row by now")
            del self._rows[job.id]

    def _page(
        self, state: JobState | None, after: str | None, limit: int
    ) -> tuple[Sequence[Job], str | None]:
        rows = sorted(self._rows.values(), key=lambda job: job.id)
        chosen = [j for j in rows if state in (None, j.state) and (after is None or j.id > after)]
        more = chosen[limit - 1].id if len(chosen) > limit else None
        return chosen[:limit], more


class MemoryArchiveStore(_JobRows):
    """Jobs that ended, in memory."""

    def page(self, *, after: str | None, limit: int) -> tuple[Sequence[Job], str | None]:
        """Jobs by id."""
        return self._page(None, after, limit)


class MemoryJobStore(_JobRows):
    """Jobs in memory. Their index shows a row as it was *lag()* writes ago, then is re-checked."""

    def __init__(self, lag: Callable[[], bool] = lambda: False) -> None:
        super().__init__()
        self._lag = lag

    def line(
        self, *, after: int, before: int, limit: int, stage: Stage = Stage.SEGMENT
    ) -> Sequence[Job]:
        """At most *limit* jobs that stand in the line, in order."""
        standing = [
            (float(job.place), job.id)
            for job in self._standing(Lane.QUEUE, stage)
            if after <= job.place < before
        ]
        return self._seen(standing, limit)

    def held(self, prefix: str, *, limit: int) -> Sequence[Job]:
        """At most *limit* jobs that wait for the quota of *prefix*, in order."""
        waiting = [j for j in self._standing(Lane.HELD, Stage.SEGMENT) if j.held_by == prefix]
        return self._seen([(float(job.place), job.id) for job in waiting], limit)

    def unsaved(self, *, before: float, limit: int, stage: Stage = Stage.SEGMENT) -> Sequence[Job]:
        """At most *limit* jobs that are due and not saved, earliest first."""
        return self._ready(Lane.UNSAVED, before, limit, stage)

    def due(self, *, before: float, limit: int, stage: Stage = Stage.SEGMENT) -> Sequence[Job]:
        """At most *limit* other jobs that are due, earliest first."""
        return self._ready(Lane.CHORE, before, limit, stage)

    def _ready(self, lane: Lane, before: float, limit: int, stage: Stage) -> Sequence[Job]:
        ready = [
            (job.due_at, job.id)
            for job in self._standing(lane, stage)
            if job.due_at is not None and job.due_at <= before
        ]
        return self._seen(ready, limit)

    def _standing(self, lane: Lane, stage: Stage) -> list[Job]:
        mine = [job for job in list(self._rows.values()) if job.stage is stage]
        return [job for job in mine if job.due_at is not None and lane_of(job) is lane]

    def _seen(self, order: list[tuple[float, str]], limit: int) -> Sequence[Job]:
        seen = [job_id for _, job_id in sorted(order) if not self._lag()]
        return [self._rows[job_id] for job_id in seen[:limit]]

    def page(
        self, state: JobState | None, *, after: str | None, limit: int
    ) -> tuple[Sequence[Job], str | None]:
        """Jobs by id."""
        return self._page(state, after, limit)


class MemoryGateStore(_Rows[Gate]):
    """Gates in memory."""

    def add(self, gate: Gate) -> None:
        """Create it with wake 0. Raises ConflictError."""
        super().add(replace(gate, wake=0))

    def replace(
        self, gate: Gate, *, expected_version: int, expected_wake: int | None = None
    ) -> None:
        """Write all but the wake-up counter. Raises ConflictError."""
        with self._lock:
            self._check(gate.id, expected_version)
            found = self._rows[gate.id]
            if expected_wake is not None and found.wake != expected_wake:
                raise ConflictError(f"{gate.id} was woken")
            self._rows[gate.id] = replace(gate, wake=found.wake)

    def wake(self, gate_id: str) -> None:
        """Add one to the counter. Raises NotFoundError."""
        with self._lock:
            found = self._rows.get(gate_id)
            if found is None:
                raise NotFoundError(f"no gate {gate_id}")
            self._rows[gate_id] = replace(found, wake=found.wake + 1)


class MemoryFlowStore(_Rows[Flow]):
    """Folders' turns in memory."""


class MemoryClaimStore(_Rows[Claim]):
    """Claims in memory."""
