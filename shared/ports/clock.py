"""Time."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Wall time for records, monotonic time for leases, and waiting."""

    def now(self) -> float:
        """Epoch seconds, UTC."""

    def monotonic(self) -> float:
        """Seconds that never jump; only differences mean anything."""

    def sleep(self, seconds: float) -> None:
        """Wait; zero or less returns at once."""
