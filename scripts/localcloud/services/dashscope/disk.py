"""How much a folder holds, looked at now and then."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

FRESH = 5.0
"""Seconds for which one look is good."""


def bytes_in(folder: Path) -> int:
    """The size of all files under `folder`; what vanishes meanwhile counts nothing."""
    paths = (Path(place) / name for place, _, names in os.walk(folder) for name in names)
    return sum(_size(path) for path in paths)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


class Disk:
    """Whether a folder is full."""

    def __init__(
        self, folder: Path, most_bytes: int | None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.is_bounded = most_bytes is not None
        self._folder = folder
        self._most = most_bytes
        self._now = now
        self._looked = -FRESH
        self._full = False

    def is_full(self) -> bool:
        """Whether it holds as much as it may. Reads the folder: call it off the event loop."""
        if self._most is None:
            return False
        if self._now() - self._looked >= FRESH:
            self._full = bytes_in(self._folder) >= self._most
            self._looked = self._now()
        return self._full
