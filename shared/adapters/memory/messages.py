"""Invocations, events and the failure queue in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from shared.domain.events import CloudEvent
from shared.ports.clock import Clock
from shared.ports.errors import PortError
from shared.ports.events import EventSink, Receipt


@dataclass(slots=True)
class MemoryInvoker:
    """Remembers what was asked; a repeated id is refused. Tests take the requests and run them."""

    asked: list[tuple[str, Mapping[str, object], str]] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)

    def invoke(self, function: str, payload: Mapping[str, object], *, invocation_id: str) -> bool:
        """False where the id was asked for before."""
        if invocation_id in self._ids:
            return False
        self._ids.add(invocation_id)
        self.asked.append((function, dict(payload), invocation_id))
        return True


@dataclass(slots=True)
class MemorySink:
    """Keeps the events it was given."""

    name: str = "memory"
    published: list[CloudEvent] = field(default_factory=list)

    def publish(self, event: CloudEvent) -> str:
        """Keep it."""
        self.published.append(event)
        return "kept"


@dataclass(slots=True)
class PromptCourier:
    """Delivers at once, while the caller waits: for worlds in which one thing happens at a time."""

    clock: Clock
    _receipts: list[Receipt] = field(default_factory=list)

    def take(self, sink: EventSink, event: CloudEvent, *, holder: str) -> bool:
        """Go, and be back."""
        said, error = "", None
        try:
            said = sink.publish(event)
        except PortError as raised:
            error = raised
        at, name = self.clock.now(), sink.name
        self._receipts.append(
            Receipt(sink=name, event_id=event.id, holder=holder, at=at, said=said, error=error)
        )
        return True

    def carries(self, sink: str, event_id: str) -> bool:
        """Until somebody asks what came of it."""
        return any((r.sink, r.event_id) == (sink, event_id) for r in self._receipts)

    def busy(self) -> bool:
        """Never: whoever asks has waited already."""
        return False

    def returned(self, *, wait: float) -> list[Receipt]:
        """Everything, at once."""
        del wait
        receipts, self._receipts = self._receipts, []
        return receipts


@dataclass(slots=True)
class MemoryFailureQueue:
    """Messages that stay until they are acknowledged."""

    messages: dict[str, Mapping[str, object]] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def send(self, message: Mapping[str, object]) -> None:
        """Put a message in, as Function Compute does."""
        self.messages[f"receipt-{next(self._numbers)}"] = message

    def receive(self, limit: int) -> list[tuple[str, Mapping[str, object]]]:
        """At most *limit* messages with their receipts."""
        return list(self.messages.items())[:limit]

    def acknowledge(self, receipt: str) -> None:
        """Delete one."""
        self.messages.pop(receipt, None)
