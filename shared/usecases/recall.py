"""Jobs come back from the archive, and only here (`shared.domain.archiving`)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from shared.domain.archiving import brought_back, is_newcomer, newcomer_for
from shared.domain.job import Job
from shared.ports.errors import ConflictError, RetryableError
from shared.ports.stores import ArchiveStore
from shared.usecases.journal import CONTENDERS, Journal
from shared.usecases.writing import removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Brings jobs back. `journal` writes the rows of those that are worked on."""

    journal: Journal
    archive: ArchiveStore

    def met(self, newcomer: Job) -> Job:
        """The job that the newcomer's upload was before, brought back; the newcomer where there was
        none: one read.

        Raises ConflictError where somebody else has the newcomer, RetryableError.
        """
        found = self.archive.get(newcomer.id)
        if found is None:
            return newcomer
        clock, nonce = self.journal.clock, self.journal.ids.new()
        row = brought_back(found, newcomer, nonce=nonce, now=clock.now())
        written = self.journal.written_over(newcomer, row)
        with suppress(ConflictError, RetryableError):  # an older row is in nobody's way
            removed(lambda: self.archive.delete(found), clock=clock)
        return written

    def __call__(self, job: Job) -> Job:
        """The job as it stands among those that are worked on, brought back where it had left.

        Raises ConflictError, RetryableError.
        """
        for _ in range(CONTENDERS):
            standing = self.journal.jobs.get(job.id)
            if standing is None:
                nonce, now = self.journal.ids.new(), self.journal.clock.now()
                standing, _ = self.journal.add(newcomer_for(job, nonce=nonce, now=now))
            if not is_newcomer(standing):
                return standing
            with suppress(ConflictError):
                return self.met(standing)
        raise ConflictError(f"job {job.id} is being written by too many at once")

    def cleared(self, job_id: str) -> bool:
        """Remove the archive's row where the job has come back, or never left, and has changed
        since; whether there was one. Raises RetryableError.

        Whoever archives the job once more puts its present row in this one's place, which then is
        not the one that is removed.
        """
        found = self.archive.get(job_id)
        if found is None or not is_left_over(found, self.journal.jobs.get(job_id)):
            return False
        with suppress(ConflictError):
            removed(lambda: self.archive.delete(found), clock=self.journal.clock)
        return True


def is_left_over(archived: Job, standing: Job | None) -> bool:
    """Whether the archive's row says nothing that the other does not: equal rows are on their way
    to the archive, and a newcomer has not looked yet.
    """
    if standing is None or is_newcomer(standing):
        return False
    return (archived.version, archived.nonce) != (standing.version, standing.nonce)
