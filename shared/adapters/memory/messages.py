"""Invocations, events and the failure queue in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from shared.domain.events import CloudEvent


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

    def publish(self, event: CloudEvent) -> None:
        """Keep it."""
        self.published.append(event)


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
