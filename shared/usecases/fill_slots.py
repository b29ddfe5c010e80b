"""Queued jobs go to the provider as the gate has room; the next in line stands by meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from shared.domain import gate as rules
from shared.domain.gate import Denied, Gate
from shared.domain.job import Job
from shared.domain.line import HIGHEST, SLACK, Standing, head_of, place_of
from shared.domain.progress import has_progressed
from shared.domain.quota import holding
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.ports.errors import ConflictError, PortError
from shared.ports.stores import JobStore
from shared.usecases.advance_job import AdvanceJob
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.looks import Looks

NO_QUOTA_NAP: Final = 120.0
"""Seconds between looks at a queue that only a new budget can move."""

WHOLE_LINE: Final = 600.0
"""Seconds between readings of the line from its very beginning, for each poller."""

EMPTY_LINE: Final = 5.0
"""The same where nobody else was found."""

OTHERS: Final = frozenset({"lost race", rules.UNDER_WAY, rules.PREFIX_QUOTA})
"""Denials that concern one job only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The queue after a look: jobs moved, and whether any came on; the one that goes next as soon
    as a slot is free, and when to look again (None: nobody waits).
    """

    moved: int = 0
    progress: bool = False
    standby: Job | None = None
    next_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillSlots:
    """Fills. `window` is the most tasks ever kept at the provider."""

    gatekeeper: Gatekeeper
    jobs: JobStore
    advance: AdvanceJob
    looks: Looks
    standing: Standing
    window: int
    stage: Stage = Stage.SEGMENT

    def __call__(self, gate: Gate, now: float) -> Line:
        """One pass from the head of the line; *gate* was read before."""
        waiting = [*self._free_again(gate), *self._heads(gate, now)]
        if not waiting:
            self._nobody_waits(gate)
            return Line()
        return self._filled(gate, waiting, now)

    def _heads(self, gate: Gate, now: float) -> Sequence[Job]:
        """Those that go next, the higher priorities first.

        Each is read from the place that is being served, never across what was served before
        (protocol 16). Where that finds nobody, and once in a while, the line is read from its
        beginning: for an upload that was written long after its place was given, and for a
        priority that this deployment knows nothing of.
        """
        limit, found = self.window + 2, list[Job]()
        for priority in self._priorities(gate):
            after = place_of(priority, max(0, head_of(gate.heads, priority) - SLACK))
            before, more = place_of(priority - 1, 0), limit - len(found)
            found += self._read(after, before, more)
        about_to_leave = not found and not gate.slots
        gap = WHOLE_LINE if found else EMPTY_LINE
        if about_to_leave or now - self.looks.whole_line_at >= gap:
            self.looks.whole_line_at = now
            found = list(self._read(0, place_of(-HIGHEST - 1, 0), limit))
        return found

    def _read(self, after: int, before: int, limit: int) -> Sequence[Job]:
        return self.jobs.line(after=after, before=before, limit=limit, stage=self.stage)

    def _free_again(self, gate: Gate) -> list[Job]:
        """Those that waited for their prefix's quota and need wait no more. They came before."""
        found: list[Job] = []
        for own in gate.quota.allotments:
            if not own.holds or own.left == 0:
                continue
            held = self.jobs.held(own.prefix, limit=min(self.window, own.left or self.window))
            if not held:
                self._nobody_held(gate, own.prefix)
            found += held
        return found

    def _held(self, gate: Gate, job: Job) -> Job:
        own = gate.quota.allotment(job.source.key)
        try:
            return job if own is None else self.advance.hold(job, own.prefix)
        except ConflictError:
            return job

    def _nobody_held(self, gate: Gate, prefix: str) -> None:
        """Said only where nothing has happened since the look."""
        quota = holding(gate.quota, prefix, holds=False)
        with suppress(ConflictError):
            self.gatekeeper.replace(gate, replace(gate, quota=quota), expected_wake=gate.wake)

    def _priorities(self, gate: Gate) -> list[int]:
        known = {0, *self.standing.priorities.values(), *dict(gate.heads)}
        return sorted(known, reverse=True)

    def _filled(self, gate: Gate, waiting: Sequence[Job], now: float) -> Line:
        moved, progress = 0, False
        for job in waiting:
            after, denied = self._towards_provider(job)
            if denied is not None and denied.reason == rules.PREFIX_QUOTA:
                after = self._held(gate, after)
            moved += int(after.version != job.version)
            progress |= has_progressed(job, after)
            if denied is not None and denied.reason not in OTHERS:
                standby = after if _is_ready(after) else None
                at = _again(denied, now)
                return Line(moved=moved, progress=progress, standby=standby, next_at=at)
        return Line(moved=moved, progress=progress, next_at=now)

    def _towards_provider(self, job: Job) -> tuple[Job, Denied | None]:
        """One that cannot be prepared now goes behind the others, so that it holds up nobody."""
        try:
            return self.advance.towards_provider(job)
        except ConflictError:
            return job, None
        except PortError:
            return self.advance.put_off(job), None

    def _nobody_waits(self, gate: Gate) -> None:
        """Newcomers may go straight to the provider again, unless one was just turned away."""
        if not gate.others_wait:
            return
        try:
            open_gate = replace(gate, others_wait=False)
            self.gatekeeper.replace(gate, open_gate, expected_wake=gate.wake)
        except ConflictError:
            return


def _is_ready(job: Job) -> bool:
    """Whether nothing but the gate stands between the job and the provider.

    True only of one that has just been on its way there: that a row is prepared does not say that
    its content has been claimed, and one that stands by is posted without another look at that.
    """
    prepared = job.pin is not None and job.content_id is not None and not job.pending
    return prepared and job.state is JobState.QUEUED and job.waits_for is None


def _again(denied: Denied, now: float) -> float:
    if denied.retry_at is not None:
        return denied.retry_at
    if denied.reason in {"quota", "stopped"}:
        # Only a person can help, and a person's command wakes the poller.
        return now + NO_QUOTA_NAP
    return now + 1.0
