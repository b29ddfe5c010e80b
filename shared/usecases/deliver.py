"""The outbox: an event stays in its row until no sink is owed it any more.

Whoever has an event hands it to the courier, which goes to every sink by itself, and writes down
what came of it. A finalizer waits a moment for that; the poller never does, and asks in its next
round. So a sink that is slow or dead delays its own events and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from shared.domain import outbox as rules
from shared.domain.announcing import job_data
from shared.domain.events import CloudEvent
from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.domain.outbox import Ledger, Outgoing, Subscription, Tried, Verdict
from shared.domain.signals import DeliveryTried
from shared.ports.errors import GoneError, PortError
from shared.ports.events import Courier, EventSink, Receipt
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal
from shared.usecases.sink_doors import SinkDoors

LONGEST_OUTCOME: Final = 160
"""Characters of what a sink said that are kept."""

RESTS: Final = "left in peace for a while"
SHUT: Final = "disabled: it asked not to be called any more"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """Hands events to sinks. `origin` is the CloudEvents source of this deployment, `patience`
    for how many seconds one waits for what was handed over.
    """

    journal: Journal
    gatekeeper: Gatekeeper
    sinks: Sequence[EventSink]
    subscriptions: Sequence[Subscription]
    courier: Courier
    doors: SinkDoors
    origin: str
    patience: float

    def __call__(self, job: Job) -> Job:
        """The job after every sink was tried that is due; in its order, as far as sinks answer."""
        until = self.journal.clock.monotonic() + self.patience
        while job.outbox:
            tries = self._handed_over(job.outbox, job)
            receipts = self._awaited(job, until)
            tries += [self._tried(r, job.outbox) for r in receipts if r.holder == job.id]
            self._take_home([r for r in receipts if r.holder != job.id])
            if not tries and self._is_owed(job.outbox):
                break
            job = self._written(job, tries)
        return job

    def account(self, gate: Gate) -> Gate:
        """Deliver the events of the gate itself (`stopped`, `resumed`, `stalled`, `quota.low`)."""
        if not gate.outbox:
            return gate
        tries = self._handed_over(gate.outbox, gate)
        receipts = self.courier.returned(wait=0.0)
        tries += [self._tried(r, gate.outbox) for r in receipts if r.holder == gate.id]
        self._take_home([r for r in receipts if r.holder != gate.id])
        # That a sink rests is this poller's own knowledge, and no reason to write the row.
        telling = [t for t in tries if t.counts or t.verdict is not Verdict.OWED]
        if not telling and self._is_owed(gate.outbox):
            return gate
        return self.gatekeeper.change(lambda found: self._noted(found, telling))

    def collect(self) -> int:
        """Write down what came of errands; how many."""
        receipts = self.courier.returned(wait=0.0)
        self._take_home(receipts)
        return len(receipts)

    def _handed_over(self, outbox: Sequence[Outgoing], holder: Job | Gate) -> list[Tried]:
        """Set out with what is due; what is said of those that need no errand."""
        now, tries, shut = self.journal.clock.now(), list[Tried](), self.doors.are_shut()
        for subscription, outgoing in rules.heads(outbox, self.subscriptions):
            name = subscription.name
            if name in shut:
                tries.append(_without_errand(outgoing, name, now, Verdict.DISABLED))
            elif outgoing.to(name).next_at <= now:
                sink = next(each for each in self.sinks if each.name == name)
                if not self.courier.take(sink, self._event(outgoing, holder), holder=holder.id):
                    tries.append(self._resting(outgoing, name, now))
        return tries

    def _awaited(self, job: Job, until: float) -> list[Receipt]:
        """What has returned when nothing of the job's is under way any more, or time is up."""
        receipts = list(self.courier.returned(wait=0.0))
        while self._is_carried(job):
            left = until - self.journal.clock.monotonic()
            if left <= 0:
                break
            receipts += self.courier.returned(wait=left)
        return receipts

    def _is_carried(self, job: Job) -> bool:
        heads = rules.heads(job.outbox, self.subscriptions)
        return any(self.courier.carries(sink.name, event.event_id) for sink, event in heads)

    def _take_home(self, receipts: Sequence[Receipt]) -> None:
        """Write down what came of others' errands; what cannot be written is tried once more."""
        for holder in dict.fromkeys(receipt.holder for receipt in receipts):
            with suppress(PortError):
                self._taken_home(holder, [r for r in receipts if r.holder == holder])

    def _taken_home(self, holder: str, receipts: Sequence[Receipt]) -> None:
        if holder == self.gatekeeper.gate_id:
            gate = self.gatekeeper.load()
            tries = [self._tried(receipt, gate.outbox) for receipt in receipts]
            self.gatekeeper.change(lambda found: self._noted(found, tries))
            return
        job = self.journal.jobs.get(holder)
        if job is not None:
            self._written(job, [self._tried(receipt, job.outbox) for receipt in receipts])

    def _written(self, job: Job, tries: Sequence[Tried]) -> Job:
        signal = DeliveryTried(tuple(tries), tuple(self.subscriptions))
        ids = {tried.event_id for tried in tries} or {o.event_id for o in job.outbox}
        return self.journal.settle(
            job, signal, when=lambda found: any(o.event_id in ids for o in found.outbox)
        )

    def _noted(self, gate: Gate, tries: Sequence[Tried]) -> Gate:
        ledger = Ledger(outbox=gate.outbox, told=gate.told)
        changed = rules.after(ledger, tries, self.subscriptions)
        return replace(gate, outbox=changed.outbox, told=changed.told)

    def _tried(self, receipt: Receipt, outbox: Sequence[Outgoing]) -> Tried:
        """What a receipt says about an event's sink, and when that one is tried again."""
        name, error = receipt.sink, receipt.error
        verdict, next_at = Verdict.DELIVERED, 0.0
        said = (receipt.said if error is None else str(error))[:LONGEST_OUTCOME]
        if isinstance(error, GoneError):
            self.doors.shut(name, said)
            verdict = Verdict.DISABLED
        elif error is not None:
            owed = next((o for o in outbox if o.event_id == receipt.event_id), None)
            asked = getattr(error, "retry_after", None) or 0.0
            verdict, next_at = self._later(owed, name, receipt.at, asked)
        return Tried(
            event_id=receipt.event_id,
            sink=name,
            at=receipt.at,
            verdict=verdict,
            outcome=said,
            next_at=next_at,
        )

    def _resting(self, outgoing: Outgoing, name: str, now: float) -> Tried:
        verdict, next_at = self._later(outgoing, name, now, 0.0)
        return _without_errand(outgoing, name, now, verdict, next_at)

    def _later(
        self, outgoing: Outgoing | None, name: str, now: float, asked: float
    ) -> tuple[Verdict, float]:
        """Whether there is another try, and when."""
        if outgoing is None:
            return Verdict.OWED, now
        since = outgoing.to(name).since
        age = now - (outgoing.occurred_at if since is None else since)
        if age > rules.GIVEN_UP_AFTER:
            facts = {"sink": name, "event_id": outgoing.event_id, "age": round(age)}
            _log.warning("an event is given up; it can be replayed", extra={"facts": facts})
            return Verdict.GIVEN_UP, 0.0
        return Verdict.OWED, now + rules.gap(age, self.journal.chance.fraction(), asked=asked)

    def _is_owed(self, outbox: Sequence[Outgoing]) -> bool:
        return any(True for _ in rules.heads(outbox, self.subscriptions))

    def _event(self, outgoing: Outgoing, holder: Job | Gate) -> CloudEvent:
        if isinstance(holder, Job):
            subject, data, trace = holder.source.key, job_data(holder, outgoing), holder.trace
        else:
            subject, data, trace = holder.id, {"gate": holder.id, **outgoing.data}, None
        return CloudEvent(
            id=outgoing.event_id,
            type=outgoing.type,
            source=self.origin,
            subject=subject,
            time=outgoing.occurred_at,
            sequence=outgoing.sequence,
            data=data,
            trace=trace,
        )


def _without_errand(
    outgoing: Outgoing, name: str, now: float, verdict: Verdict, next_at: float = 0.0
) -> Tried:
    """The sink was not called; what the log says of its last try stays."""
    before = outgoing.to(name).outcome
    words = SHUT if verdict is Verdict.DISABLED else before or RESTS
    return Tried(
        event_id=outgoing.event_id,
        sink=name,
        at=now,
        verdict=verdict,
        outcome=words,
        next_at=next_at,
        counts=False,
    )
