"""An upload is forgotten: photograph, copies, results, raw files and what its rows tell of it.

What stays is a tombstone: that something was uploaded, and ended, so that an event of it that is
delivered once more is not paid for again (protocol 9). Objects go before the row changes: whoever
is stopped in the middle finds the same upload again when the command is repeated.

Nobody waits for a sink: an event that is still owed names the upload, so it is dropped with the
rest, and the receipt tells its id. A sink that has been away for days hears no name any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from shared.domain import claim as claims
from shared.domain.claim import Claim, content_claim_id
from shared.domain.job import Job, RawResult
from shared.domain.keys import Prefixes, result_folder
from shared.domain.moves_forgetting import forgettable_at
from shared.domain.signals import Forgotten
from shared.ports.errors import ConflictError, NotFoundError
from shared.ports.objects import ObjectStore
from shared.ports.stores import ClaimStore
from shared.usecases.journal import Journal
from shared.usecases.known_jobs import KnownJobs
from shared.usecases.recall import Recall
from shared.usecases.writing import write

OBJECTS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was done at epoch second `at`. `deleted` counts objects by kind: `upload`, `results`,
    `copies`, `raw`. `kept` are ids of jobs whose raw files other uploads of equal bytes still
    need. `unsent` are ids of events that some sink was still owed, and is told of no more.
    `under_way` are ids of jobs that are not at their end: where there are any before anything was
    touched, nothing was; one that somebody sets to work meanwhile keeps its row. `again_at` is from
    when on it can be forgotten (epoch seconds), where all have ended, but only just.
    """

    key: str
    at: float
    jobs: tuple[str, ...] = ()
    deleted: Counter[str] = field(default_factory=Counter)
    kept: tuple[str, ...] = ()
    unsent: tuple[str, ...] = ()
    under_way: tuple[str, ...] = ()
    again_at: float | None = None

    @property
    def found_anything(self) -> bool:
        """Whether there was anything of that name."""
        return bool(self.jobs or self.under_way or self.deleted.total())


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Forgets uploads by key. Reads every job's row: which ones a key has had, and who shares its
    bytes, stands nowhere else. It is a person's command, and a rare one. Of an archived job, too,
    it is the row among the others that becomes a tombstone.
    """

    journal: Journal
    known: KnownJobs
    recall: Recall
    objects: ObjectStore
    claims: ClaimStore
    prefixes: Prefixes

    def __call__(self, key: str) -> Receipt:
        """Forget every version of the upload *key*. May be repeated; raises PortError where a
        service is in the way, with the rest still to be done.
        """
        mine, shared = self._read(key)
        receipt = Receipt(key=key, at=self.journal.clock.now())
        busy = tuple(job.id for job in mine if not self._has_ended(job))
        if busy:
            return replace(receipt, under_way=busy, again_at=_again_at(mine))
        receipt.deleted["upload"] += self._upload(key)
        for job in mine:
            receipt = self._forgotten(job, shared, receipt)
        return receipt

    def _has_ended(self, job: Job) -> bool:
        """Whether nobody works on it."""
        at = forgettable_at(job)
        return at is not None and at <= self.journal.clock.now()

    def _read(self, key: str) -> tuple[list[Job], set[str]]:
        """The key's jobs, and the contents that other uploads have."""
        mine: dict[str, Job] = {}
        shared: set[str] = set()
        for job in self.known.every():
            if job.source.key == key:
                mine[job.id] = job
            elif job.content_id is not None:
                shared.add(job.content_id)
        return list(mine.values()), shared

    def _upload(self, key: str) -> int:
        try:
            self.objects.head(key)
        except NotFoundError:
            return 0
        self.objects.delete(key)
        return 1

    def _forgotten(self, job: Job, shared: set[str], receipt: Receipt) -> Receipt:
        """The receipt after this job too."""
        deleted = receipt.deleted
        folder = result_folder(self.prefixes.results, job.source.key, job.source.etag)
        deleted["results"] += self._emptied(folder)
        deleted["copies"] += self._emptied(f"{self.prefixes.pins}{job.id}-")
        alone = self._raw_gone(job, shared, deleted)
        standing = self.recall(job)
        self.recall.cleared(job.id)
        left = self.journal.settle(standing, Forgotten(), when=self._has_ended)
        self.recall.cleared(job.id)
        if left.forgotten_at is None:
            return replace(receipt, under_way=(*receipt.under_way, job.id))
        return replace(
            receipt,
            jobs=(*receipt.jobs, job.id),
            kept=receipt.kept if alone else (*receipt.kept, job.id),
            unsent=(*receipt.unsent, *(owed.event_id for owed in job.outbox)),
        )

    def _raw_gone(self, job: Job, shared: set[str], deleted: Counter[str]) -> bool:
        """Whether its raw files are; False where other uploads of equal bytes need them."""
        if job.content_id is None:
            return True
        if job.content_id in shared or self._is_promised(job, job.content_id):
            return False
        deleted["raw"] += self._emptied(f"{self.prefixes.raw}{job.content_id}/")
        return True

    def _is_promised(self, job: Job, content_id: str) -> bool:
        """Whether somebody has been promised the raw files since the rows were read; from now on
        nobody is. A row names its content before the claim is asked, so that another look at the
        rows, after the claim was released, misses none.
        """
        found = self.claims.get(content_claim_id(content_id))
        if found is None or found.outcome == claims.RELEASED:
            return False
        if found.outcome is None and found.job_id != job.id:
            return True  # it is being made anew
        released = self._settled(found, outcome=claims.RELEASED, raw=None)
        if not any(self._is_other(job, each) for each in self.known.every()):
            return False
        with suppress(ConflictError):  # whoever leads by now has results of its own
            self._settled(released, outcome=found.outcome, raw=found.raw)
        return True

    def _is_other(self, job: Job, other: Job) -> bool:
        return other.content_id == job.content_id and other.source.key != job.source.key

    def _emptied(self, prefix: str) -> int:
        """Delete what lies under *prefix*, a page at a time; how many objects it were."""
        count = 0
        while True:
            found, after = self.objects.page(prefix, after=None, limit=OBJECTS)
            for info in found:
                self.objects.delete(info.key)
            count += len(found)
            if after is None:
                return count

    def _settled(self, found: Claim, *, outcome: str | None, raw: RawResult | None) -> Claim:
        row = replace(
            found,
            version=found.version + 1,
            nonce=self.journal.ids.new(),
            outcome=outcome,
            raw=raw,
        )
        return write(
            row,
            perform=lambda claim: self.claims.replace(claim, expected_version=found.version),
            read=lambda: self.claims.get(found.id),
            clock=self.journal.clock,
        )


def _again_at(jobs: Sequence[Job]) -> float | None:
    times = [at for at in map(forgettable_at, jobs) if at is not None]
    return max(times) if len(times) == len(jobs) else None
