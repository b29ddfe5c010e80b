"""Where measures come together until they are told, once a minute and at an invocation's end."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import Final

from shared.domain import metrics
from shared.domain.metrics import Metric
from shared.ports.clock import Clock

_log = logging.getLogger("maskline.metrics")

EVERY: Final = 60.0
"""Seconds between two tellings within one invocation."""

Labels = tuple[tuple[str, str], ...]
Key = tuple[Metric, Labels]
Measured = tuple[Metric, Labels, float]


class Meter:
    """Adds up counters and keeps the last of each gauge. *alive*: it is a poller's, and beats."""

    def __init__(self, clock: Clock, *, alive: bool = False) -> None:
        self._clock = clock
        self._alive = alive
        self._told_at = clock.monotonic()
        self._counts: dict[Key, float] = defaultdict(float)
        self._gauges: dict[Key, float] = {}

    def count(self, metric: Metric, value: float = 1.0, **labels: str) -> None:
        """More of a counter."""
        self._counts[_key(metric, labels)] += value

    def gauge(self, metric: Metric, value: float, **labels: str) -> None:
        """How it is now; what it was since the last telling is forgotten."""
        self._gauges[_key(metric, labels)] = value

    def highest(self, metric: Metric, value: float, **labels: str) -> None:
        """How it is now, unless it was more since the last telling."""
        key = _key(metric, labels)
        self._gauges[key] = max(value, self._gauges.get(key, value))

    def tick(self) -> None:
        """Tell, if it is time again."""
        if self._alive and self._clock.monotonic() - self._told_at >= EVERY:
            self.tell()

    def tell(self) -> None:
        """A line for each that has something to say."""
        self._told_at = self._clock.monotonic()
        if self._alive:
            self.count(metrics.POLLER_BEATS)
        for metric, labels, value in self.taken():
            tell(metric, value, **dict(labels))

    def taken(self) -> list[Measured]:
        """All that is there to be told, which is forgotten with that."""
        told = [*self._counts.items(), *self._gauges.items()]
        self._counts.clear()
        self._gauges.clear()
        return [(metric, labels, value) for (metric, labels), value in told]


def tell(metric: Metric, value: float, **labels: str) -> None:
    """One line, at once."""
    facts = {"metric": metric.name, "kind": metric.kind.value, "value": round(value, 3), **labels}
    _log.info("%s", metric.name, extra={"facts": facts})


def _key(metric: Metric, labels: dict[str, str]) -> Key:
    return metric, tuple(sorted(labels.items()))
