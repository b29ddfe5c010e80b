"""Planted bugs about jobs that leave for the archive, and come back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from shared.domain.job import Job
from shared.ports.errors import ConflictError
from shared.usecases.archive_jobs import ArchiveJobs
from shared.usecases.journal import Journal
from shared.usecases.recall import Recall
from shared.usecases.writing import write


class RemovesFirst(ArchiveJobs):
    """The row goes, and then it is put away."""

    __slots__ = ()

    def __call__(self, job: Job) -> bool:
        with suppress(ConflictError):
            self.journal.jobs.delete(job)
        return self._is_kept(job)


class RemovesWhateverItIs(ArchiveJobs):
    """The row goes, whatever it has become since it was put away."""

    __slots__ = ()

    def __call__(self, job: Job) -> bool:
        kept = self._is_kept(job)
        standing = self.journal.jobs.get(job.id)
        if standing is not None:
            self.journal.jobs.delete(standing)
        return kept


class PutsAwayDebts(ArchiveJobs):
    """What has ended goes, whatever it owes."""

    __slots__ = ()

    def may_go(self, job: Job, *, before: float) -> bool:
        return job.state.is_final


class NeverLooks(Recall):
    """An upload with no row is taken for a new one."""

    __slots__ = ()

    def met(self, newcomer: Job) -> Job:
        return newcomer


class CountsAnew(Recall):
    """The archive's row comes back under the newcomer's version."""

    __slots__ = ()

    def met(self, newcomer: Job) -> Job:
        found = self.archive.get(newcomer.id)
        if found is None:
            return newcomer
        row = replace(found, version=newcomer.version + 1, nonce=self.journal.ids.new())
        return self.journal.written_over(newcomer, row)


class ByVersionAlone(Journal):
    """A row that was archived and came again passes for the one that was read."""

    __slots__ = ()

    def written_over(self, job: Job, row: Job) -> Job:
        return write(
            row,
            perform=lambda new: self.jobs.replace(new, expected_version=job.version),
            read=lambda: self.jobs.get(job.id),
            clock=self.clock,
        )
