"""Where the seconds of an engine go: stopwatches by name, read by the benchmark."""

from __future__ import annotations

import threading
import time
from types import TracebackType


class Watch:
    """A stopwatch that runs while it is entered, and adds up; over several threads as well.

    Attributes:
        seconds: all that was measured so far.
        runs: how often it was entered.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.runs = 0
        self._lock = threading.Lock()
        self._mine = threading.local()

    def __enter__(self) -> None:
        self._mine.began = time.perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        spent = time.perf_counter() - self._mine.began
        with self._lock:
            self.seconds += spent
            self.runs += 1


class Timing:
    """An engine's stopwatches: of its networks (bare inference), and of its stages."""

    def __init__(self) -> None:
        self.networks: dict[str, Watch] = {}
        self.stages: dict[str, Watch] = {}

    def network(self, name: str) -> Watch:
        """The watch of a network; runs of networks lie within stages."""
        return self.networks.setdefault(name, Watch())

    def stage(self, name: str) -> Watch:
        """The watch of a stage; stages follow each other."""
        return self.stages.setdefault(name, Watch())

    def reset(self) -> None:
        """Forget what was measured; the watches stay those that the engine holds."""
        for watch in (*self.networks.values(), *self.stages.values()):
            watch.seconds, watch.runs = 0.0, 0
