"""What a person asks about events: who was told what, and whom to tell once more.

The log lies with the jobs and the gates; a bounded number of rows is read for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from typing import Final

from shared.domain import outbox as rules
from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.domain.outbox import Disabled, Ledger, Outgoing, Subscription, Verdict
from shared.domain.signals import ReplayAsked
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal
from shared.usecases.known_jobs import KnownJobs
from shared.usecases.listing import every_job
from shared.usecases.recall import Recall
from shared.usecases.sink_doors import opened, shut_sinks
from shared.usecases.wake_poller import WakePoller

MOST: Final = 10_000
"""As many rows are read before the answer says that there may be more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are meant; what is not said does not matter. Times are epoch seconds.

    `types` may end in `*`; `verdict` is about `sink`, or about any.
    """

    job: Job | None = None
    since: float | None = None
    until: float | None = None
    types: tuple[str, ...] = ()
    sink: str | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event and whose it is: a job's, or a gate's. `sinks` are those that it concerns."""

    holder: Job | Gate
    outgoing: Outgoing
    sinks: tuple[str, ...]

    @property
    def subject(self) -> str:
        """The upload's key, or the gate's id."""
        return self.holder.source.key if isinstance(self.holder, Job) else self.holder.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Events, the latest first; *complete* is False where there may be more."""

    events: Sequence[Told]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLog:
    """Over all stages' jobs and gates. Replays wake the pollers."""

    known: KnownJobs
    journal: Journal
    recall: Recall
    gatekeepers: Mapping[Stage, Gatekeeper]
    wakes: Mapping[Stage, WakePoller]
    subscriptions: Sequence[Subscription]

    def find(self, wanted: Wanted, *, limit: int) -> Found:
        """At most *limit* events that are meant."""
        rows = list(islice(self._rows(wanted), MOST + 1))
        events = [told for row in rows for told in self._events(row, wanted)]
        events.sort(key=lambda told: (-told.outgoing.occurred_at, -told.outgoing.sequence))
        complete = len(rows) <= MOST and len(events) <= limit
        return Found(events=events[:limit], complete=complete)

    def replay(self, events: Sequence[Told], *, by: str) -> tuple[Sequence[Told], Sequence[Told]]:
        """Owe the events to their sinks once more, under their old ids; those that are now owed,
        and those whose job is under way again and tells by itself how it ends.
        """
        owed, left = list[Told](), list[Told]()
        for holder in {told.holder.id: told.holder for told in events}.values():
            mine = [told for told in events if told.holder.id == holder.id]
            done = self._replayed(holder, mine, by)
            (owed if done else left).extend(mine)
        for stage in {self._stage_of(told.holder) for told in owed}:
            self.wakes[stage]()
        return owed, left

    def disabled(self) -> Sequence[Disabled]:
        """The sinks that are not called any more, each once."""
        gates = (keeper.gates.get(keeper.gate_id) for keeper in self.gatekeepers.values())
        found = [each for g in gates if g for each in shut_sinks(g, self.subscriptions)]
        return list({each.name: each for each in found}.values())

    def enable(self, name: str) -> bool:
        """Call the sink again; whether it was disabled."""
        was = any(each.name == name for each in self.disabled())
        for keeper in self.gatekeepers.values():
            if keeper.gates.get(keeper.gate_id) is not None:
                keeper.change(lambda gate: opened(gate, name))
        return was

    def _stage_of(self, holder: Job | Gate) -> Stage:
        if isinstance(holder, Job):
            return holder.stage
        return next(s for s, keeper in self.gatekeepers.items() if keeper.gate_id == holder.id)

    def _rows(self, wanted: Wanted) -> Iterator[Job | Gate]:
        if wanted.job is not None:
            yield wanted.job
            return
        for keeper in self.gatekeepers.values():
            gate = keeper.gates.get(keeper.gate_id)
            if gate is not None:
                yield gate
        for state in JobState:
            jobs = every_job(self.known.jobs, state)  # the latest changed first
            yield from takewhile(lambda job: _may_tell(job, wanted), jobs)
        yield from (job for job, standing in self.known.pairs() if standing is None)

    def _events(self, row: Job | Gate, wanted: Wanted) -> Iterator[Told]:
        for outgoing in (*row.told, *row.outbox):
            sinks = tuple(s.name for s in self.subscriptions if _concerns(outgoing, s, wanted))
            if sinks and _is_meant(outgoing, wanted):
                yield Told(holder=row, outgoing=outgoing, sinks=sinks)

    def _replayed(self, holder: Job | Gate, events: Sequence[Told], by: str) -> bool:
        """Whether they are owed now; each event to the very sinks that it was found with."""
        for sinks in dict.fromkeys(told.sinks for told in events):
            ids = tuple(told.outgoing.event_id for told in events if told.sinks == sinks)
            if isinstance(holder, Gate):
                self._replayed_account(holder, ids, sinks)
                continue
            holder = self.recall(holder)
            asked = ReplayAsked(ids, sinks, f"replay asked by {by}: {', '.join(sinks)}")
            holder = self.journal.settle(holder, asked, when=_has_ended)
            if not _has_ended(holder):
                return False
        return True

    def _replayed_account(self, gate: Gate, ids: Sequence[str], sinks: Sequence[str]) -> None:
        keeper = self.gatekeepers[self._stage_of(gate)]
        now = keeper.clock.now()
        keeper.change(lambda found: _reopened(found, ids, sinks, now))


def _has_ended(job: Job) -> bool:
    return job.state.is_final and job.forgotten_at is None


def _reopened(gate: Gate, ids: Sequence[str], sinks: Sequence[str], now: float) -> Gate:
    ledger = rules.reopened(Ledger(outbox=gate.outbox, told=gate.told), ids, sinks, now)
    return replace(gate, outbox=ledger.outbox, told=ledger.told)


def _may_tell(job: Job, wanted: Wanted) -> bool:
    """Whether the job, or one that changed before it, can have an event of the time range."""
    return wanted.since is None or job.changed_at >= wanted.since


def _is_meant(outgoing: Outgoing, wanted: Wanted) -> bool:
    after = wanted.since is None or outgoing.occurred_at >= wanted.since
    before = wanted.until is None or outgoing.occurred_at <= wanted.until
    return after and before and Subscription(name="", types=wanted.types).takes(outgoing.type)


def _concerns(outgoing: Outgoing, subscription: Subscription, wanted: Wanted) -> bool:
    if wanted.sink not in {None, subscription.name} or not subscription.takes(outgoing.type):
        return False
    return wanted.verdict in {None, outgoing.to(subscription.name).verdict}
