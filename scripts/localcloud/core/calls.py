"""What the services were asked, counted: totals, and the most in any sliding second."""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.localcloud.core.files import write_atomically

WINDOW = 1.0
"""Seconds of the sliding window; half open: a call exactly this long ago no longer counts."""


class SlidingWindow:
    """Times of the last second. `count(at)` forgets what has left the window `(at - 1, at]`."""

    __slots__ = ("_times",)

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def count(self, at: float) -> int:
        """How many were added within the second that ends at `at`."""
        while self._times and self._times[0] <= at - WINDOW:
            self._times.popleft()
        return len(self._times)

    def add(self, at: float) -> None:
        """Note one at `at` (epoch seconds, not before the last one)."""
        self._times.append(at)


class CallCounter:
    """Counts requests received, faulted ones too; persisted by `flush`, cheap when idle."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str], SlidingWindow] = defaultdict(SlidingWindow)
        self._calls: dict[str, dict[str, int]] = defaultdict(dict)
        self._peaks: dict[str, dict[str, int]] = defaultdict(dict)
        self._volumes: dict[str, Counter[str]] = defaultdict(Counter)
        self._changed = False
        if path.exists():
            kept = json.loads(path.read_text())
            self._calls.update(kept["calls"])
            self._peaks.update(kept["peaks"])

    def record(self, service: str, operation: str, at: float) -> None:
        """Count one request of `operation` received at `at` (epoch seconds of the cloud)."""
        with self._lock:
            window = self._windows[service, operation]
            window.add(at)
            calls, peaks = self._calls[service], self._peaks[service]
            calls[operation] = calls.get(operation, 0) + 1
            peaks[operation] = max(peaks.get(operation, 0), window.count(at))
            self._changed = True

    def weigh(self, service: str, amounts: Mapping[str, int]) -> None:
        """Add what a request moved: rows, capacity units. Counted since the start only."""
        with self._lock:
            self._volumes[service].update(amounts)

    def volumes(self) -> dict[str, dict[str, int]]:
        """`{service: {what: amount}}`, a copy."""
        with self._lock:
            return {service: dict(amounts) for service, amounts in self._volumes.items()}

    def snapshot(self) -> dict[str, Any]:
        """`{"calls": {service: {operation: n}}, "peaks": {service: {operation: n}}}`, a copy."""
        with self._lock:
            return {
                "calls": {service: dict(counts) for service, counts in self._calls.items()},
                "peaks": {service: dict(counts) for service, counts in self._peaks.items()},
            }

    def flush(self) -> None:
        """Write the counts to disk if there is anything new."""
        if not self._changed:
            return
        self._changed = False
        write_atomically(self._path, json.dumps(self.snapshot()))
