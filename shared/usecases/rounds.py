"""One round of the poller: slots first, then the queue, then chores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from shared.domain import breaker, policy
from shared.domain import gate as rules
from shared.domain.gate import Gate, Slot
from shared.domain.job import Job
from shared.domain.progress import has_progressed
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.ports.errors import ConflictError, PortError
from shared.ports.stores import JobStore
from shared.usecases.advance_job import AdvanceJob
from shared.usecases.deliver import Deliver
from shared.usecases.fill_slots import FillSlots, Line
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.looks import Looks
from shared.usecases.sweep_uploads import Sweep
from shared.usecases.watch_slots import WatchSlots

CHORES: Final = 10
"""How many chores one round does at most, so that the slot never waits for them."""

AHEAD: Final = 7 * 24 * 3600.0
"""How far the chores are read ahead, seconds: whoever leaves must know when to come back, also
for a job that nobody has to look at for hours. One row is read however far away it is."""

FIRST_CHORES: Final = 7
"""How many of them are about results that are not saved: what can be lost comes first, and does not
keep everything else waiting where finalizers fail for hours."""

CHOSEN_FROM: Final = 5 * CHORES
"""Of how many the most urgent are chosen; fewer than that are read only where there are fewer."""

PEEK: Final = 1.0
"""Seconds until the next look at what came of an errand to a sink."""

TROUBLE_NAP: Final = 1.0
"""Seconds before the next round when a service did not answer in this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round did: jobs moved, and whether any of them came on; seconds until the next thing
    is due (None: nothing), the wake-up counter as it was before the round looked; for the time
    until the next round the tasks at the provider and who is next; and the seconds until something
    else is due than a look at one of those. *trouble*: what a service did not answer may have been
    written all the same.
    """

    moved: int
    next_due: float | None
    wake: int
    progress: bool = False
    trouble: bool = False
    rest: float | None = None
    tasks: Sequence[Job] = ()
    standby: Job | None = None


@dataclass(slots=True)
class _Tally:
    """Counts what moved; one service's trouble is not the others'."""

    moved: int = 0
    progress: bool = False
    trouble: bool = False
    line: Line = field(default_factory=Line)
    tasks: list[Job] = field(default_factory=list)
    chore_at: list[float] = field(default_factory=list)

    def run(self, step: Callable[[], int]) -> None:
        try:
            self.moved += step()
        except PortError:
            # A slot that could not be asked is asked again in the next round.
            self.trouble = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """Makes rounds, and watches the slots between them."""

    gatekeeper: Gatekeeper
    jobs: JobStore
    watch: WatchSlots
    fill: FillSlots
    advance: AdvanceJob
    deliver: Deliver
    sweep: Sweep
    looks: Looks
    stage: Stage = Stage.SEGMENT

    def __call__(self) -> Round:
        """One round. Raises RetryableError, ConflictError; the next round starts afresh."""
        now, most = self.gatekeeper.clock.now(), self.fill.window
        gate = self.gatekeeper.change(lambda g: breaker.widened(g, most=most, now=now))
        tally = _Tally()
        tally.run(self.deliver.collect)
        if self.sweep.is_due(gate, now):
            tally.run(partial(self.sweep, gate))
        if breaker.is_probed_by_query(gate, now=now):
            tally.run(self.watch.follow.probe)
        for slot in gate.slots:
            tally.run(partial(self._slot, tally, gate, slot))
        tally.progress = tally.moved > 0
        if tally.moved or tally.trouble:
            gate = self.gatekeeper.load()
        tally.run(partial(self._fill, tally, gate))
        tally.run(partial(self._chores, tally))
        return self._told(tally, self.deliver.account(self.gatekeeper.load()))

    def between(self, done: Round, *, seconds: float) -> int:
        """Let time pass until the next round; how many tasks ended meanwhile."""
        return self.watch(done.tasks, done.standby, seconds=seconds)

    def _slot(self, tally: _Tally, gate: Gate, slot: Slot) -> int:
        """Look after one occupied slot; a slot without a job at the provider is a leftover."""
        job = self.jobs.get(slot.job_id)
        if job is None or job.attempt != slot.attempt or not job.state.holds_slot:
            return self._leftover(slot, job)
        if job.state is not JobState.RUNNING:
            return 0
        if slot.task_id is None and job.task is not None:
            self.advance.submit.taken(job, job.task)
        now = self.gatekeeper.clock.now()
        if self.looks.at(gate, slot, now) <= now and self.watch.look(gate, slot, job):
            return 1
        tally.tasks.append(job)
        return 0

    def _leftover(self, slot: Slot, job: Job | None) -> int:
        """The slot outlived its attempt: a crash came between the job's write and the gate's.

        A job that has not come as far as SUBMITTING may have a process on its way to it: the job
        is written first, so that this process loses its race and never posts.
        """
        if job is not None and job.attempt == slot.attempt and job.state is JobState.QUEUED:
            age = self.gatekeeper.clock.now() - slot.taken_at
            if age < rules.POST_SECONDS or not self.advance.fenced(job):
                return 0
        billed = job is not None and job.attempt == slot.attempt and job.saw_succeeded
        self.gatekeeper.release(slot.job_id, slot.attempt, billed=billed)
        return 1

    def _fill(self, tally: _Tally, gate: Gate) -> int:
        tally.line = self.fill(gate, self.gatekeeper.clock.now())
        tally.progress |= tally.line.progress
        return tally.line.moved

    def _chores(self, tally: _Tally) -> int:
        """Those that are due, and when the others are; results at risk come first, for what
        expires is lost, and an event only waits.
        """
        now, moved = self.gatekeeper.clock.now(), 0
        for job in self._chosen(now):
            at = self._chore_at(job, now)
            if at <= now:
                moved += self._chore(tally, job)
                at = now
            tally.chore_at.append(at)
        return moved

    def _chosen(self, now: float) -> list[Job]:
        """What is not saved is read by itself, however much else is due before it."""
        order, ahead = partial(policy.urgency, now=now), now + AHEAD
        unsaved = self.jobs.unsaved(before=ahead, limit=CHOSEN_FROM, stage=self.stage)
        first = sorted(unsaved, key=order)[:FIRST_CHORES]
        known = {job.id for job in unsaved}
        found = self.jobs.due(before=ahead, limit=CHOSEN_FROM, stage=self.stage)
        others = sorted((job for job in found if job.id not in known), key=order)
        return [*first, *others[: CHORES - len(first)]]

    def _chore_at(self, job: Job, now: float) -> float:
        """When it is due; a burst of finalizers would ask the provider too much at once."""
        due = job.due_at or now
        if due > now or job.state is not JobState.FINALIZING:
            return due
        at = self.looks.finalizer_at(now)
        if at <= now:
            self.looks.finalizer_asked(now)
        return at

    def _chore(self, tally: _Tally, job: Job) -> int:
        try:
            after = self.advance(job)
        except ConflictError:
            return 0
        except PortError:
            after = self.advance.put_off(job)
        tally.progress |= has_progressed(job, after)
        return int(after.version != job.version)

    def _told(self, tally: _Tally, gate: Gate) -> Round:
        now = self.gatekeeper.clock.now()
        others = list(tally.chore_at)
        if gate.intent is not None:
            others.append(max(now + 1.0, gate.intent.post_not_after))
        if self.deliver.courier.busy():
            others.append(now + PEEK)
        if tally.line.next_at is not None:
            others.append(tally.line.next_at)
        looks = [self.looks.at(gate, s, now) for s in gate.slots if s.task_id is not None]
        rest, due = _until(others, now), _until([*others, *looks], now)
        if tally.moved:
            rest = 0.0  # what moved is looked at afresh
        if tally.trouble:
            rest, due = max(rest or 0.0, TROUBLE_NAP), max(due or 0.0, TROUBLE_NAP)
        return Round(
            moved=tally.moved,
            next_due=due,
            wake=gate.wake,
            progress=tally.progress,
            trouble=tally.trouble,
            rest=rest,
            tasks=tuple(tally.tasks),
            standby=tally.line.standby,
        )


def _until(times: Sequence[float], now: float) -> float | None:
    """Seconds until the first of them."""
    return max(0.0, min(times) - now) if times else None
