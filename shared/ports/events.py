"""Telling the world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from shared.domain.events import CloudEvent


class EventSink(Protocol):
    """One destination of events, at least once; receivers drop repeats by the id."""

    @property
    def name(self) -> str:
        """The name that the outbox records deliveries under."""

    def publish(self, event: CloudEvent) -> None:
        """Hand the event over. Raises PortError where that is not certain."""


class FailureQueue(Protocol):
    """Where Function Compute puts the invocations that it gave up on."""

    def receive(self, limit: int) -> list[tuple[str, Mapping[str, object]]]:
        """At most *limit* messages as (receipt, message); an unreadable one is an empty mapping."""

    def acknowledge(self, receipt: str) -> None:
        """Delete a message that has been dealt with."""
