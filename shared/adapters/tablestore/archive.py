"""Jobs that ended, in the table `archive`: `job_id`, `version`, `nonce`, `doc`.

No index, so nothing else is written with a row; and no time to live: what is there keeps its upload
from being paid for again (protocol 9).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from shared.adapters.tablestore.jobs import page_of, readable
from shared.adapters.tablestore.rows import Columns, Table
from shared.adapters.tablestore.wire import decode, encode
from shared.domain.job import Job

TABLE: Final = "archive"


class TablestoreArchiveStore:
    """`ArchiveStore` on an `OTSClient` (`sdk.connect`)."""

    def __init__(self, client: Any) -> None:
        self._table = Table(client, TABLE, "job_id")

    def get(self, job_id: str) -> Job | None:
        """The job, or None. Raises RejectedError where its document is unreadable."""
        row = self._table.get(job_id)
        return None if row is None else decode(Job, row["doc"])

    def get_many(self, job_ids: Sequence[str]) -> Sequence[Job]:
        """Those of the jobs that are there and can be read."""
        return readable(self._table.get_many(job_ids))

    def add(self, job: Job) -> None:
        """Put it away. Raises ConflictError where there is a row already."""
        self._table.insert(job.id, _columns(job))

    def replace(self, job: Job, *, expected_version: int, expected_nonce: str) -> None:
        """Put it in the place of an older row. Raises ConflictError."""
        expected: Columns = {"version": expected_version, "nonce": expected_nonce}
        self._table.update(job.id, _columns(job), expected=expected)

    def delete(self, job: Job) -> None:
        """Remove the row if it is unchanged. Raises ConflictError."""
        self._table.delete(job.id, expected={"version": job.version, "nonce": job.nonce})

    def page(self, *, after: str | None, limit: int) -> tuple[Sequence[Job], str | None]:
        """Jobs by id; and the next page's cursor."""
        return page_of(self._table, TABLE, after, limit)


def _columns(job: Job) -> Columns:
    return {"version": job.version, "nonce": job.nonce, "doc": encode(job)}
