"""A clock that is moved by hand, and ids that count."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count


@dataclass(slots=True)
class ManualClock:
    """Time stands still until somebody sleeps or advances it."""

    time: float = 1_800_000_000.0

    def now(self) -> float:
        """Epoch seconds."""
        return self.time

    def monotonic(self) -> float:
        """The same, as nothing ever turns it back."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.time += max(0.0, seconds)

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass."""
        self.time += seconds


@dataclass(slots=True)
class CountingIds:
    """Ids in order: id1, id2 ..."""

    _numbers: count[int] = field(default_factory=lambda: count(1))

    def new(self) -> str:
        """The next one."""
        return f"id{next(self._numbers)}"
