"""Telling the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.domain.events import CloudEvent
from shared.ports.errors import PortError


class EventSink(Protocol):
    """One destination of events, at least once; receivers drop repeats by the id."""

    @property
    def name(self) -> str:
        """The name that the outbox records deliveries under."""

    def publish(self, event: CloudEvent) -> str:
        """Hand the event over; what the receiver said, in a few words without a secret.

        Raises PortError where it is not certain that the receiver has it, GoneError where it asks
        for no events any more.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An errand's end: `said` by the sink, or the `error` that it ended with. `holder` is whose
    event it was.
    """

    sink: str
    event_id: str
    holder: str
    at: float
    said: str = ""
    error: PortError | None = None


class Courier(Protocol):
    """Takes events to sinks, each sink's one after the other and all sinks' side by side.

    Nobody who hands one over waits for a sink. What is under way when the process ends was not
    delivered as far as anybody knows: the outbox keeps it.
    """

    def take(self, sink: EventSink, event: CloudEvent, *, holder: str) -> bool:
        """Set out with an event; False where the sink has enough to do, or rests after an error.

        An event that is under way to the sink already is not taken a second time.
        """

    def carries(self, sink: str, event_id: str) -> bool:
        """Whether the event is under way to the sink, or back and nobody has heard of it: who does
        not know that it was delivered would send it again.
        """

    def busy(self) -> bool:
        """Whether anything is under way."""

    def returned(self, *, wait: float) -> Sequence[Receipt]:
        """What has come to its end since the last call; waits at most *wait* seconds for any."""


class FailureQueue(Protocol):
    """Where Function Compute puts the invocations that it gave up on."""

    def receive(self, limit: int) -> list[tuple[str, Mapping[str, object]]]:
        """At most *limit* messages as (receipt, message); an unreadable one is an empty mapping."""

    def acknowledge(self, receipt: str) -> None:
        """Delete a message that has been dealt with."""
