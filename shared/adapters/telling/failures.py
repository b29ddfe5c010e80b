"""`FailureQueue` that measures how much lies there."""

from __future__ import annotations

from collections.abc import Mapping

from shared.adapters.telling.meter import Meter
from shared.domain import metrics
from shared.ports.events import FailureQueue


class ToldFailureQueue:
    """Passes on to another queue."""

    def __init__(self, failures: FailureQueue, meter: Meter) -> None:
        self._failures = failures
        self._meter = meter

    def receive(self, limit: int) -> list[tuple[str, Mapping[str, object]]]:
        """As the port says."""
        found = self._failures.receive(limit)
        self._meter.highest(metrics.FAILURE_QUEUE, len(found))
        return found

    def acknowledge(self, receipt: str) -> None:
        """As the port says."""
        self._failures.acknowledge(receipt)
