"""Every job that is known: those that are worked on, and those in the archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.domain.job import Job
from shared.domain.state import JobState
from shared.ports.stores import ArchiveStore, JobStore
from shared.usecases.listing import JOBS, every_job

_ARCHIVED: Final = "archived "
"""Before the cursors of the archive's pages; those of other pages begin with a digit or letter of
an id.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownJobs:
    """`JobReader` over both tables; a row in `jobs` goes before the same job's in the archive.

    A job that comes back while it is read may be missed; none that stays where it is ever is.
    """

    jobs: JobStore
    archive: ArchiveStore

    def get(self, job_id: str) -> Job | None:
        """The job, or None. One read more where it is not among those that are worked on."""
        return self.jobs.get(job_id) or self.archive.get(job_id)

    def get_many(self, job_ids: Sequence[str]) -> Sequence[Job]:
        """Those of the jobs that exist."""
        found = list(self.jobs.get_many(job_ids))
        there = {job.id for job in found}
        missing = [job_id for job_id in job_ids if job_id not in there]
        return [*found, *self.archive.get_many(missing)] if missing else found

    def page(
        self, state: JobState | None, *, after: str | None, limit: int
    ) -> tuple[Sequence[Job], str | None]:
        """Those that are worked on first, then the archive's, which has none under way."""
        if after is not None and after.startswith(_ARCHIVED):
            return self._archived(state, after.removeprefix(_ARCHIVED) or None, limit)
        found, following = self.jobs.page(state, after=after, limit=limit)
        if following is None and (state is None or state.is_final):
            following = _ARCHIVED
        return found, following

    def every(self) -> Iterator[Job]:
        """Every row, none missed whichever way it goes meanwhile; some come twice."""
        yield from every_job(self.jobs)
        yield from (archived for archived, _ in self.pairs())
        yield from every_job(self.jobs)

    def _archived(
        self, state: JobState | None, after: str | None, limit: int
    ) -> tuple[Sequence[Job], str | None]:
        pairs, following = self._paired(after, limit)
        mine = [job for job, standing in pairs if standing is None and state in {None, job.state}]
        return mine, None if following is None else f"{_ARCHIVED}{following}"

    def pairs(self) -> Iterator[tuple[Job, Job | None]]:
        """Each row of the archive, with the same job's other row where there is one."""
        after: str | None = None
        while True:
            found, after = self._paired(after, JOBS)
            yield from found
            if after is None:
                return

    def _paired(
        self, after: str | None, limit: int
    ) -> tuple[Sequence[tuple[Job, Job | None]], str | None]:
        found, following = self.archive.page(after=after, limit=limit)
        standing = {job.id: job for job in self.jobs.get_many([job.id for job in found])}
        return [(job, standing.get(job.id)) for job in found], following
