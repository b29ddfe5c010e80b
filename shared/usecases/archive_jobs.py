"""Jobs that ended long ago are put away, so that the table of those that are worked on stays small.

Each is put into the archive as it stands, and only then removed from where it stood, if it is still
the same: whoever dies in between leaves it in both, and the next time sees to it
(`shared.domain.archiving`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.domain.archiving import may_be_archived
from shared.domain.job import Job
from shared.ports.errors import ConflictError
from shared.ports.stores import ArchiveStore
from shared.usecases.journal import Journal
from shared.usecases.listing import Spread, every_job
from shared.usecases.recall import Recall
from shared.usecases.writing import removed, write


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveJobs:
    """Puts jobs away. May be repeated, and run by many at once; `spread` may do several at once."""

    journal: Journal
    archive: ArchiveStore
    recall: Recall
    spread: Spread = map

    def candidates(self, *, before: float) -> Iterator[Job]:
        """Those that ended, owe nothing, and have not changed since *before* (epoch seconds), as a
        stream: reads every row in `jobs` once.
        """
        return (job for job in every_job(self.journal.jobs) if self.may_go(job, before=before))

    def may_go(self, job: Job, *, before: float) -> bool:
        """Whether it may be put away."""
        return may_be_archived(job, before=before, now=self.journal.clock.now())

    def is_there(self, job: Job, *, before: float) -> bool:
        """Whether it may be put away, and was not yet."""
        return self.may_go(job, before=before) and self.journal.jobs.get(job.id) is not None

    def each(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, bool]]:
        """Each of the jobs put away, as they come."""
        return self.spread(lambda job: (job, self(job)), jobs)

    def __call__(self, job: Job) -> bool:
        """Put it away; False where it has changed since it was read, and stays.

        Raises RetryableError where a service is in the way.
        """
        if not self._is_kept(job):
            return False
        try:
            removed(lambda: self.journal.jobs.delete(job), clock=self.journal.clock)
        except ConflictError:
            if self.journal.jobs.get(job.id) is not None:
                self.recall.cleared(job.id)
                return False
        return True

    def _is_kept(self, job: Job) -> bool:
        """Whether the archive has it as it stands, by now; never an older row for a newer one."""
        try:
            self._kept(job, None)
        except ConflictError:
            found = self.archive.get(job.id)
            if found is None or found.version >= job.version:
                return False
            self._kept(job, found)
        return True

    def _kept(self, job: Job, older: Job | None) -> None:
        def perform(row: Job) -> None:
            if older is None:
                self.archive.add(row)
            else:
                self.archive.replace(
                    row, expected_version=older.version, expected_nonce=older.nonce
                )

        read = self.archive.get
        write(job, perform=perform, read=lambda: read(job.id), clock=self.journal.clock)
