"""Jobs as rows of a table whose key is `job_id`, with `version`, `nonce` and the document `doc`."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from shared.adapters.tablestore.rows import Columns, Table
from shared.adapters.tablestore.sdk import tablestore
from shared.adapters.tablestore.wire import decode
from shared.domain.job import Job
from shared.ports.errors import RejectedError

_log = logging.getLogger(__name__)


class JobRows:
    """What both tables of jobs do alike, on an `OTSClient` (`sdk.connect`)."""

    def __init__(self, client: Any, table: str) -> None:
        self._name = table
        self._table = Table(client, table, "job_id")

    def get(self, job_id: str) -> Job | None:
        """The job, read consistently. Raises RejectedError where its document is unreadable."""
        row = self._table.get(job_id)
        return None if row is None else decode(Job, row["doc"])

    def get_many(self, job_ids: Sequence[str]) -> Sequence[Job]:
        """Those of the jobs that exist and can be read, read consistently."""
        return _readable(self._table.get_many(job_ids))

    def delete(self, job: Job) -> None:
        """Remove the row if it is unchanged. Raises ConflictError."""
        self._table.delete(job.id, expected={"version": job.version, "nonce": job.nonce})

    def _page_by_id(self, after: str | None, limit: int) -> tuple[Sequence[Job], str | None]:
        start = [("job_id", tablestore.INF_MIN if after is None else after)]
        end = [("job_id", tablestore.INF_MAX)]
        rows, following = self._table.range(self._name, start, end, limit=limit)
        return _readable(rows), None if following is None else following[0][1]


def _readable(rows: Iterable[Columns]) -> list[Job]:
    """One row that this version cannot read must not hide the others."""
    return [job for job in map(_read_or_passed_over, rows) if job is not None]


def _read_or_passed_over(row: Columns) -> Job | None:
    try:
        return decode(Job, row["doc"])
    except RejectedError:
        _log.exception("job %s is passed over", row["job_id"])
        return None
