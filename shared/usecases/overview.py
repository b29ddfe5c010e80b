"""What a person asks about: how many jobs stand where, which one is meant, how the gate is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from shared.domain.gate import Gate
from shared.domain.job import Job, job_id_of
from shared.domain.keys import Prefixes
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.ports.errors import NotFoundError
from shared.ports.objects import ObjectStore
from shared.ports.stores import GateStore, JobReader

PAGE: Final = 100

MOST: Final = 10_000
"""As many rows are counted or searched before the answer says "at least"."""

_ID_PART: Final = re.compile(r"[0-9a-f]{4,32}")


class NotUniqueError(Exception):
    """A prefix of a job id fits several jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Jobs by state; *complete* is False where there are more than were counted."""

    by_state: dict[JobState, int]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Reads only, a bounded number of rows."""

    jobs: JobReader
    gates: GateStore
    objects: ObjectStore
    gate_ids: Mapping[Stage, str]
    bucket: str
    prefixes: Prefixes

    def gate(self, stage: Stage = Stage.SEGMENT) -> Gate | None:
        """The stage's gate as it stands; None before its first job."""
        return self.gates.get(self.gate_ids[stage])

    def counts(self) -> Counts:
        """How many jobs stand in which state."""
        by_state = dict.fromkeys(JobState, 0)
        seen = 0
        for job in islice(self._rows(None), MOST + 1):
            seen += 1
            by_state[job.state] += 1
        return Counts(by_state=by_state, complete=seen <= MOST)

    def waiting_for(self, stage: Stage) -> int:
        """How many jobs of the stage wait to be submitted, counted up to a bound."""
        queued = islice(self._rows(JobState.QUEUED), MOST + 1)
        return sum(job.stage is stage for job in queued)

    def waiting(self) -> int:
        """How many jobs are not at their end yet, counted up to a bound."""
        open_states = [state for state in JobState if not state.is_final]
        return sum(sum(1 for _ in islice(self._rows(s), MOST)) for s in open_states)

    def listed(self, state: JobState | None, *, limit: int) -> Sequence[Job]:
        """Jobs of a state, or of all, the latest changed first.

        Without a state the newest of each state are put together.
        """
        states = [state] if state is not None else list(JobState)
        found = {job.id: job for s in states for job in islice(self._rows(s), limit)}
        return sorted(found.values(), key=lambda job: -job.changed_at)[:limit]

    def find(self, text: str) -> Job | None:
        """The job that *text* names: its id, a prefix of it that fits only one, or an upload's key
        (with or without the upload prefix).

        Raises NotUniqueError.
        """
        if _ID_PART.fullmatch(text):
            found = self.jobs.get(text) if len(text) == 32 else self._by_prefix(text)  # noqa: PLR2004 - the length of an id
            if found is not None:
                return found
        keys = (text, f"{self.prefixes.uploads}{text}")
        return next((job for key in keys if (job := self._by_key(key)) is not None), None)

    def _by_prefix(self, text: str) -> Job | None:
        fits = [job for job in islice(self._rows(None), MOST) if job.id.startswith(text)]
        if len(fits) > 1:
            names = ", ".join(sorted(job.id for job in fits)[:4])
            raise NotUniqueError(f"{len(fits)} jobs begin with {text}: {names}")
        return fits[0] if fits else None

    def _by_key(self, key: str) -> Job | None:
        """The job of what lies there now; of what lay there last where the upload is gone."""
        try:
            info = self.objects.head(key)
        except NotFoundError:
            rows = (job for job in islice(self._rows(None), MOST) if job.stage is Stage.SEGMENT)
            past = [job for job in rows if job.source.key == key]
            return max(past, key=lambda job: job.created_at, default=None)
        return self.jobs.get(job_id_of(self.bucket, info.key, info.etag))

    def _rows(self, state: JobState | None) -> Iterator[Job]:
        after: str | None = None
        while True:
            found, after = self.jobs.page(state, after=after, limit=PAGE)
            yield from found
            if after is None:
                return
