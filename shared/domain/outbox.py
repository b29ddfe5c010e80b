"""Events that are owed, to whom, and what became of each try: the outbox and its log.

A sink is told of one subject's events in their order: the next one waits until the one before it
was taken, or was given up. All times are epoch seconds, UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

KEPT: Final = 8
"""Events that nobody is owed any more stay in the row for the log and for replays: so many, the
latest ones; the row is read far too often for more."""

LEAST_GAP: Final = 5.0
MOST_GAP: Final = 6 * 3600.0
"""Tries are spread over a time that grows with the event's age between these."""

GIVEN_UP_AFTER: Final = 72 * 3600.0
"""An event this old that a sink still does not take is given up, said so in its log, and may be
replayed: a sink that was left behind must not keep the pipeline awake for ever."""

LONGEST_ASKED: Final = 6 * 3600.0
"""A `Retry-After` of more than this is not believed."""


class Verdict(str, Enum):
    """How a sink and an event stand to each other."""

    OWED = "owed"
    DELIVERED = "delivered"
    GIVEN_UP = "given up"
    DISABLED = "disabled"
    """The sink had asked not to be called any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Which types of event a sink wants; none named: all. A type that ends in `*` is a beginning.

    `fingerprint` changes with the sink's settings, and tells nothing of them.
    """

    name: str
    types: tuple[str, ...] = ()
    fingerprint: str = ""

    def takes(self, event_type: str) -> bool:
        """Whether the sink is to be told of events of this type."""
        return not self.types or any(_fits(event_type, wanted) for wanted in self.types)


def _fits(event_type: str, wanted: str) -> bool:
    if wanted.endswith("*"):
        return event_type.startswith(wanted[:-1])
    return event_type == wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Disabled:
    """A sink that asked not to be called any more; it holds for these settings of it."""

    name: str
    fingerprint: str
    at: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One sink's line in an event's log: how often it was tried, when first and last, and what
    the last try came to. While it is owed, nobody tries before `next_at`. `since` is when a replay
    was asked for.
    """

    sink: str
    verdict: Verdict = Verdict.OWED
    tries: int = 0
    first_at: float | None = None
    last_at: float | None = None
    next_at: float = 0.0
    since: float | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """An event. It stays in the outbox until no sink is owed it any more.

    `data` is what it tells of that moment; what never changes is added when it is sent.
    `delivered_to` names the sinks that are owed nothing any more, for code that knows no log yet.
    """

    event_id: str
    type: str
    sequence: int
    occurred_at: float
    delivered_to: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    deliveries: tuple[Delivery, ...] = ()

    def to(self, sink: str) -> Delivery:
        """How it stands with this sink."""
        settled = Verdict.DELIVERED if sink in self.delivered_to else Verdict.OWED
        unlogged = Delivery(sink=sink, verdict=settled)
        return next((d for d in self.deliveries if d.sink == sink), unlogged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What one try came to. `counts` is False where the sink was left in peace, and the try is
    only put off.
    """

    event_id: str
    sink: str
    at: float
    verdict: Verdict
    outcome: str
    next_at: float = 0.0
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What is owed, oldest first, and what was told lately."""

    outbox: tuple[Outgoing, ...] = ()
    told: tuple[Outgoing, ...] = ()


def heads(
    outbox: Sequence[Outgoing], subscriptions: Sequence[Subscription]
) -> Iterator[tuple[Subscription, Outgoing]]:
    """For each sink the first event that it is owed."""
    for subscription in subscriptions:
        owed = (o for o in outbox if _is_owed(o, subscription))
        first = next(owed, None)
        if first is not None:
            yield subscription, first


def due_at(outbox: Sequence[Outgoing], subscriptions: Sequence[Subscription]) -> float | None:
    """When the next try is; None where no sink is owed anything."""
    times = [event.to(sink.name).next_at for sink, event in heads(outbox, subscriptions)]
    return min(times, default=None)


def after(ledger: Ledger, tries: Sequence[Tried], subscriptions: Sequence[Subscription]) -> Ledger:
    """The ledger after these tries; events that are owed to nobody move to those that were told."""
    noted = tuple(_noted(o, [t for t in tries if t.event_id == o.event_id]) for o in ledger.outbox)
    owed = tuple(o for o in noted if any(_is_owed(o, each) for each in subscriptions))
    settled = tuple(o for o in noted if o not in owed)
    return Ledger(outbox=owed, told=(*ledger.told, *settled)[-KEPT:])


def reopened(ledger: Ledger, event_ids: Sequence[str], sinks: Sequence[str], now: float) -> Ledger:
    """The ledger with these events owed to these sinks once more, in the order of their sequence.

    The log keeps what was before; ids, times and data stay as they are.
    """
    again = [_again(o, sinks, now) for o in ledger.told if o.event_id in event_ids]
    still = [_again(o, sinks, now) if o.event_id in event_ids else o for o in ledger.outbox]
    outbox = sorted([*again, *still], key=lambda o: o.sequence)
    told = tuple(o for o in ledger.told if o.event_id not in event_ids)
    return Ledger(outbox=tuple(outbox), told=told)


def gap(age: float, fraction: float, *, asked: float = 0.0) -> float:
    """Seconds until the next try of an event that is *age* old: full jitter under a bound that
    grows with the age, and never sooner than the receiver *asked*. *fraction* is from 0..1.
    """
    bound = min(MOST_GAP, max(LEAST_GAP, age / 2))
    return max(1.0, bound * fraction, min(asked, LONGEST_ASKED))


def _is_owed(outgoing: Outgoing, subscription: Subscription) -> bool:
    owed = outgoing.to(subscription.name).verdict is Verdict.OWED
    return owed and subscription.takes(outgoing.type)


def _noted(outgoing: Outgoing, tries: Sequence[Tried]) -> Outgoing:
    for tried in tries:
        before = outgoing.to(tried.sink)
        if before.verdict is not Verdict.OWED:
            continue  # somebody else's try came to its end first
        others = tuple(d for d in outgoing.deliveries if d.sink != tried.sink)
        outgoing = replace(outgoing, deliveries=(*others, _after_try(before, tried)))
        if tried.verdict is not Verdict.OWED:
            named = (*outgoing.delivered_to, tried.sink)
            outgoing = replace(outgoing, delivered_to=named)
    return outgoing


def _after_try(before: Delivery, tried: Tried) -> Delivery:
    changed = replace(before, verdict=tried.verdict, outcome=tried.outcome, next_at=tried.next_at)
    if not tried.counts:
        return changed
    first = tried.at if before.first_at is None else before.first_at
    return replace(changed, tries=before.tries + 1, first_at=first, last_at=tried.at)


def _again(outgoing: Outgoing, sinks: Sequence[str], now: float) -> Outgoing:
    untouched = tuple(d for d in outgoing.deliveries if d.sink not in sinks)
    asked = tuple(
        replace(outgoing.to(sink), verdict=Verdict.OWED, next_at=0.0, since=now) for sink in sinks
    )
    named = tuple(name for name in outgoing.delivered_to if name not in sinks)
    return replace(outgoing, delivered_to=named, deliveries=(*untouched, *asked))
