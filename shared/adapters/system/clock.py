"""The real clock, shifted where somebody asked for it."""

from __future__ import annotations

import time
from pathlib import Path


class SystemClock:
    """Wall time plus the seconds in *offset_file*, which is read at every `now()`.

    The file is the local cloud's: when its clock is moved, running functions move along. In the
    cloud there is none. A file that is missing or half written counts as no shift.
    """

    def __init__(self, offset_file: str | None = None) -> None:
        self._offset_file = Path(offset_file) if offset_file else None

    def now(self) -> float:
        """Epoch seconds, UTC."""
        return time.time() + self._offset()

    def monotonic(self) -> float:
        """Seconds that never jump, whatever the file says."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait in real time; zero or less returns at once."""
        if seconds > 0:
            time.sleep(seconds)

    def _offset(self) -> float:
        if self._offset_file is None:
            return 0.0
        try:
            return float(self._offset_file.read_text())
        except (OSError, ValueError):
            return 0.0
