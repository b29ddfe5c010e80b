"""An upload is forgotten: photograph, copies, results, raw files and what its rows tell of it.

What stays is a tombstone: that something was uploaded, and ended, so that an event of it that is
delivered once more is not paid for again (protocol 9). Objects go before the row changes: whoever
is stopped in the middle finds the same upload again when the command is repeated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from shared.domain import claim as claims
from shared.domain.claim import content_claim_id
from shared.domain.job import Job
from shared.domain.keys import Prefixes, result_folder
from shared.domain.signals import Forgotten
from shared.ports.errors import NotFoundError
from shared.ports.objects import ObjectStore
from shared.ports.stores import ClaimStore
from shared.usecases.journal import Journal
from shared.usecases.writing import write

ROWS: Final = 100
OBJECTS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was done at epoch second `at`. `deleted` counts objects by kind: `upload`, `results`,
    `copies`, `raw`. `kept` are ids of jobs whose raw files other uploads of equal bytes still
    need. `under_way` are ids of jobs that are not at their end: then nothing was touched.
    """

    key: str
    at: float
    jobs: tuple[str, ...] = ()
    deleted: Counter[str] = field(default_factory=Counter)
    kept: tuple[str, ...] = ()
    under_way: tuple[str, ...] = ()

    @property
    def found_anything(self) -> bool:
        """Whether there was anything of that name."""
        return bool(self.jobs or self.under_way or self.deleted.total())


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Forgets uploads by key. Reads every job's row once: which ones a key has had, and who shares
    its bytes, stands nowhere else. It is a person's command, and a rare one.
    """

    journal: Journal
    objects: ObjectStore
    claims: ClaimStore
    prefixes: Prefixes

    def __call__(self, key: str) -> Receipt:
        """Forget every version of the upload *key*. May be repeated; raises PortError where a
        service is in the way, with the rest still to be done.
        """
        mine, shared = self._read(key)
        receipt = Receipt(key=key, at=self.journal.clock.now())
        busy = tuple(job.id for job in mine if not _owes_nothing(job))
        if busy:
            return replace(receipt, under_way=busy)
        receipt.deleted["upload"] += self._upload(key)
        kept = [job.id for job in mine if not self._forgotten(job, shared, receipt.deleted)]
        return replace(receipt, jobs=tuple(job.id for job in mine), kept=tuple(kept))

    def _read(self, key: str) -> tuple[list[Job], set[str]]:
        """The key's jobs, and the contents that other uploads have."""
        mine: list[Job] = []
        shared: set[str] = set()
        for job in self._rows():
            if job.source.key == key:
                mine.append(job)
            elif job.content_id is not None:
                shared.add(job.content_id)
        return mine, shared

    def _rows(self) -> Iterator[Job]:
        after: str | None = None
        while True:
            found, after = self.journal.jobs.page(None, after=after, limit=ROWS)
            yield from found
            if after is None:
                return

    def _upload(self, key: str) -> int:
        try:
            self.objects.head(key)
        except NotFoundError:
            return 0
        self.objects.delete(key)
        return 1

    def _forgotten(self, job: Job, shared: set[str], deleted: Counter[str]) -> bool:
        """Whether all of it is gone; False where raw files stay for other uploads."""
        folder = result_folder(self.prefixes.results, job.source.key, job.source.etag)
        deleted["results"] += self._emptied(folder)
        deleted["copies"] += self._emptied(f"{self.prefixes.pins}{job.id}-")
        alone = job.content_id is None or job.content_id not in shared
        if alone and job.content_id is not None:
            self._released(job.content_id)
            deleted["raw"] += self._emptied(f"{self.prefixes.raw}{job.content_id}/")
        self.journal.settle(job, Forgotten(), when=_owes_nothing)
        return alone

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

    def _released(self, content_id: str) -> None:
        """Before the raw files go: nobody is to be promised them any more."""
        found = self.claims.get(content_claim_id(content_id))
        if found is None:
            return
        row = replace(
            found,
            version=found.version + 1,
            nonce=self.journal.ids.new(),
            outcome=claims.RELEASED,
            raw=None,
        )
        write(
            row,
            perform=lambda claim: self.claims.replace(claim, expected_version=found.version),
            read=lambda: self.claims.get(found.id),
            clock=self.journal.clock,
        )


def _owes_nothing(job: Job) -> bool:
    return job.state.is_final and not job.pending and not job.outbox
