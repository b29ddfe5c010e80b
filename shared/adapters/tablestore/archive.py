"""Jobs that ended, in the table `archive`: `job_id`, `version`, `nonce`, `doc`.

No index, so nothing else is written with a row; and no time to live: what is there keeps its upload
from being paid for again (protocol 9).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from shared.adapters.tablestore.job_rows import JobRows
from shared.adapters.tablestore.rows import Columns
from shared.adapters.tablestore.wire import encode
from shared.domain.job import Job

TABLE: Final = "archive"


class TablestoreArchiveStore(JobRows):
    """`ArchiveStore` on an `OTSClient` (`sdk.connect`)."""

    def __init__(self, client: Any) -> None:
        super().__init__(client, TABLE)

    def add(self, job: Job) -> None:
        """Put it away. Raises ConflictError where there is a row already."""
        self._table.insert(job.id, _columns(job))

    def replace(self, job: Job, *, expected_version: int, expected_nonce: str) -> None:
        """Put it in the place of an older row. Raises ConflictError."""
        expected: Columns = {"version": expected_version, "nonce": expected_nonce}
        self._table.update(job.id, _columns(job), expected=expected)

    def page(self, *, after: str | None, limit: int) -> tuple[Sequence[Job], str | None]:
        """Jobs by id; and the next page's cursor."""
        return self._page_by_id(after, limit)


def _columns(job: Job) -> Columns:
    return {"version": job.version, "nonce": job.nonce, "doc": encode(job)}
