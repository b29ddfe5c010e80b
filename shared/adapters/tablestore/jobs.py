"""Jobs in the table `jobs`, with two indexes.

| column | what for |
|---|---|
| `job_id` | the key |
| `version`, `nonce` | every write is conditional on the version; the nonce says whose it is |
| `state`, `changed_at` | `jobs_by_state`: people's lists, newest first |
| `lane`, `due_at` | `jobs_due`: present only while the job is due, so the index stays small; in
`queue-...` and `held-...` (jobs that wait for slot or quota) `due_at` holds the place in line, in
`unsaved-...` (at the provider, or with a result there) and `chore-...` the time; erasings have
lanes of their own, `erase-...` |
| `doc` | everything else (`wire.py`) |

Times in columns are whole milliseconds, rounded down. A lane is spread over `SHARDS` partitions by
the job's id, so that a backlog does not stand in one (protocol 16).
"""

from __future__ import annotations

import hashlib
import heapq
import zlib
from collections.abc import Callable, Sequence
from typing import Any, Final

from shared.adapters.tablestore.job_rows import JobRows
from shared.adapters.tablestore.rows import Columns
from shared.adapters.tablestore.sdk import tablestore
from shared.adapters.tablestore.wire import encode
from shared.domain.job import Job
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.ports.stores import Lane, lane_of

TABLE: Final = "jobs"
DUE_INDEX: Final = "jobs_due"
STATE_INDEX: Final = "jobs_by_state"
SHARDS: Final = 2

_PLACED: Final = frozenset({Lane.QUEUE, Lane.HELD})
"""Lanes that are ordered by place."""

_PAGES: Final = 3
"""How many index pages one look may read past entries that the base row no longer confirms."""

_Order = Callable[[Job], tuple[float, str]]
_PLACE_ORDER: Final[_Order] = lambda job: (job.place, job.id)  # noqa: E731 - one of a pair
_DUE_ORDER: Final[_Order] = lambda job: (job.due_at or 0.0, job.id)  # noqa: E731 - the other


class TablestoreJobStore(JobRows):
    """`JobStore` on an `OTSClient` (`sdk.connect`)."""

    def __init__(self, client: Any) -> None:
        super().__init__(client, TABLE)

    def add(self, job: Job) -> None:
        """Create the row. Raises ConflictError where there is one already."""
        self._table.insert(job.id, _columns(job))

    def replace(
        self, job: Job, *, expected_version: int, expected_nonce: str | None = None
    ) -> None:
        """Write the row if version, and nonce where given, are as expected. Raises
        ConflictError.
        """
        columns = _columns(job)
        absent = [name for name in ("lane", "due_at") if name not in columns]
        expected: Columns = {"version": expected_version}
        if expected_nonce is not None:
            expected["nonce"] = expected_nonce
        self._table.update(job.id, columns, expected=expected, remove=absent)

    def line(
        self, *, after: int, before: int, limit: int, stage: Stage = Stage.SEGMENT
    ) -> Sequence[Job]:
        """Jobs that stand in the line, in order, each confirmed on its base row."""

        def stands(job: Job) -> bool:
            mine = job.stage is stage and lane_of(job) is Lane.QUEUE
            return mine and after <= job.place < before

        return self._listed(
            _lane_name(Lane.QUEUE, stage), (after, before), limit, stands, _PLACE_ORDER
        )

    def held(self, prefix: str, *, limit: int) -> Sequence[Job]:
        """Jobs that wait for the quota of *prefix*, in order, each confirmed on its base row."""

        def waits(job: Job) -> bool:
            return lane_of(job) is Lane.HELD and job.held_by == prefix

        name = _lane_name(Lane.HELD, Stage.SEGMENT, prefix)
        bounds = (tablestore.INF_MIN, tablestore.INF_MAX)
        return self._listed(name, bounds, limit, waits, _PLACE_ORDER)

    def unsaved(self, *, before: float, limit: int, stage: Stage = Stage.SEGMENT) -> Sequence[Job]:
        """Jobs that are due and not saved, earliest first, each confirmed on its base row."""
        return self._ready(Lane.UNSAVED, before, limit, stage)

    def due(self, *, before: float, limit: int, stage: Stage = Stage.SEGMENT) -> Sequence[Job]:
        """Other jobs that are due, earliest first, each confirmed on its base row."""
        # What is unsaved stood here before it had a lane: rows written then are found all the same.
        return self._ready(Lane.CHORE, before, limit, stage, also=Lane.UNSAVED)

    def _ready(
        self, lane: Lane, before: float, limit: int, stage: Stage, also: Lane | None = None
    ) -> Sequence[Job]:
        def is_due(job: Job) -> bool:
            mine = job.stage is stage and lane_of(job) in {lane, also}
            return mine and job.due_at is not None and job.due_at <= before

        bounds = (tablestore.INF_MIN, _milliseconds(before) + 1)
        return self._listed(_lane_name(lane, stage), bounds, limit, is_due, _DUE_ORDER)

    def _listed(
        self,
        lane: str,
        bounds: tuple[Any, Any],
        limit: int,
        fits: Callable[[Job], bool],
        order: _Order,
    ) -> Sequence[Job]:
        if limit <= 0:
            return []
        shards = [
            sorted(self._listed_in(f"{lane}-{n}", bounds, limit, fits), key=order)
            for n in range(SHARDS)
        ]
        return list(heapq.merge(*shards, key=order))[:limit]

    def _listed_in(
        self, partition: str, bounds: tuple[Any, Any], limit: int, fits: Callable[[Job], bool]
    ) -> list[Job]:
        start: list[tuple[str, Any]] | None = _due_key(partition, bounds[0])
        end = _due_key(partition, bounds[1])
        found: list[Job] = []
        for _ in range(_PAGES):
            if start is None or len(found) >= limit:
                break
            rows, start = self._table.range(DUE_INDEX, start, end, limit=limit)
            found += [job for job in self._confirmed(rows) if fits(job)]
        return found

    def page(
        self, state: JobState | None, *, after: str | None, limit: int
    ) -> tuple[Sequence[Job], str | None]:
        """Jobs of a state, the latest changed first, or all by id; and the next page's cursor."""
        if state is None:
            return self._page_by_id(after, limit)
        start = _state_key(state, tablestore.INF_MAX, tablestore.INF_MAX)
        if after is not None:
            changed_at, _, job_id = after.partition(":")
            start = _state_key(state, int(changed_at), job_id)
        end = _state_key(state, tablestore.INF_MIN, tablestore.INF_MIN)
        rows, following = self._table.range(STATE_INDEX, start, end, limit=limit, newest_first=True)
        jobs = [job for job in self._confirmed(rows) if job.state is state]
        cursor = None if following is None else f"{following[1][1]}:{following[2][1]}"
        return sorted(jobs, key=lambda job: -job.changed_at), cursor

    def _confirmed(self, rows: Sequence[Columns]) -> Sequence[Job]:
        """The base rows behind index rows: what an index says is a hint (protocol 15)."""
        return self.get_many([row["job_id"] for row in rows])


def _columns(job: Job) -> Columns:
    columns: Columns = {
        "version": job.version,
        "nonce": job.nonce,
        "state": job.state.value,
        "changed_at": _milliseconds(job.changed_at),
        "doc": encode(job),
    }
    if job.due_at is not None:
        lane = lane_of(job)
        name = _lane_name(lane, job.stage, job.held_by)
        columns["lane"] = f"{name}-{zlib.crc32(job.id.encode()) % SHARDS}"
        columns["due_at"] = job.place if lane in _PLACED else _milliseconds(job.due_at)
    return columns


def _lane_name(lane: Lane, stage: Stage, prefix: str | None = None) -> str:
    """Those that are held stand in a lane for each prefix, which nobody reads in vain; uploads'
    lanes were named before there was another stage.
    """
    name = lane.value if stage is Stage.SEGMENT else f"{stage.value}-{lane.value}"
    if lane is not Lane.HELD or prefix is None:
        return name
    return f"{name}-{hashlib.sha256(prefix.encode()).hexdigest()[:16]}"


def _due_key(partition: str, due_at: Any) -> list[tuple[str, Any]]:
    return [("lane", partition), ("due_at", due_at), ("job_id", tablestore.INF_MIN)]


def _state_key(state: JobState, changed_at: Any, job_id: Any) -> list[tuple[str, Any]]:
    return [("state", state.value), ("changed_at", changed_at), ("job_id", job_id)]


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000 // 1)
