"""Instances that truly work at the same time, in virtual time: each call takes its seconds, and
whoever's time comes first goes on. Nothing is left to the machine's scheduler, so a run repeats.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from shared.adapters.memory.clock import ManualClock

LATENCY: Final = {
    "jobs": 0.006,
    "archive": 0.006,
    "gates": 0.006,
    "flows": 0.006,
    "claims": 0.006,
    "objects": 0.012,
}
"""Seconds that one call takes, as within a region; the provider is farther away."""
PROVIDER_LATENCY: Final = 0.03


class OverError(BaseException):
    """The run is over; nothing in an instance may catch this."""


@dataclass
class SideBySide:
    """A clock for all instances, each in a thread of its own, of which one moves at any moment."""

    clock: ManualClock
    failed: list[BaseException] = field(default_factory=list)
    _next: list[tuple[float, int, threading.Event]] = field(default_factory=list)
    _numbers: int = 0
    _yielded: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _over: bool = False

    def now(self) -> float:
        """Epoch seconds."""
        return self.clock.now()

    def monotonic(self) -> float:
        """The same, as nothing ever turns it back."""
        return self.clock.now()

    def begin(self, work: Callable[[], object], *, delay: float = 0.0) -> None:
        """An instance starts *delay* seconds from now."""
        go = self._waits(delay)
        threading.Thread(target=self._lived, args=(work, go), daemon=True).start()

    def sleep(self, seconds: float) -> None:
        """Others work meanwhile."""
        go = self._waits(max(0.0, seconds))
        self._yielded.release()
        self._woken(go)

    def run(self, until: Callable[[], bool], *, meanwhile: Callable[[], None]) -> None:
        """Let them work until *until* holds; *meanwhile* is done before each step."""
        try:
            while not until() and not self.failed:
                meanwhile()
                at, _, go = heapq.heappop(self._next)
                self.clock.time = max(self.clock.time, at)
                go.set()
                self._yielded.acquire()
        finally:
            self._end()
        if self.failed:
            raise self.failed[0]

    def slow(self, port: Any, seconds: float) -> Any:
        """*port*, a network away."""
        return _Slow(port, seconds, self)

    def _waits(self, seconds: float) -> threading.Event:
        self._numbers += 1
        go = threading.Event()
        heapq.heappush(self._next, (self.clock.now() + seconds, self._numbers, go))
        return go

    def _woken(self, go: threading.Event) -> None:
        go.wait()
        if self._over:
            raise OverError

    def _lived(self, work: Callable[[], object], go: threading.Event) -> None:
        try:
            self._woken(go)
            work()
        except OverError:
            return
        except BaseException as error:  # noqa: BLE001 - told to whoever runs the instances
            self.failed.append(error)
        self._yielded.release()

    def _end(self) -> None:
        self._over = True
        for _, _, go in self._next:
            go.set()


class _Slow:
    """A port whose calls take time, half of it on the way there."""

    def __init__(self, port: Any, seconds: float, time: SideBySide) -> None:
        self._port, self._seconds, self._time = port, seconds, time

    def __getattr__(self, verb: str) -> Any:
        found = getattr(self._port, verb)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._time.sleep(self._seconds / 2)
            answer = found(*args, **kwargs)
            self._time.sleep(self._seconds / 2)
            return answer

        return call
