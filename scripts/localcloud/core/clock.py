"""The clock of the local cloud: real time plus an offset that only grows and survives a restart.

The offset is kept twice in the data folder: as `clock.json` for the cloud itself, and as
`clock-offset` (seconds as text), the file that functions are pointed at so that they live at the
same time. Signature dates do not use this clock: the vendors' SDKs sign with the machine's.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

from scripts.localcloud.core.files import write_atomically

LONGEST_NAP = 3600.0
"""Seconds after which a sleeper looks at the clock again, whatever happened to the machine's."""


class CloudClock:
    """Tells the time of the local cloud in epoch seconds, and wakes its sleepers when it jumps."""

    def __init__(self, data_dir: Path, real: Callable[[], float] = time.time) -> None:
        self.offset_path = data_dir / "clock-offset"
        self._state_path = data_dir / "clock.json"
        self._real = real
        self._lock = threading.Lock()
        self._sleepers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._offset = self._restored_offset()
        self._persist()

    def now(self) -> float:
        """Epoch seconds of this cloud."""
        return self._real() + self._offset

    def offset(self) -> float:
        """Seconds by which this cloud is ahead of the machine."""
        return self._offset

    def advance(self, seconds: float) -> None:
        """Jump ahead by `seconds`, remember it, and wake every sleeper; from any thread.

        Raises:
            ValueError: a clock does not go backwards.
        """
        if seconds < 0:
            raise ValueError(f"the clock cannot go back ({seconds} s)")
        with self._lock:
            self._offset += seconds
            self._persist()
            sleepers = list(self._sleepers)
        for loop, woken in sleepers:
            if not loop.is_closed():
                loop.call_soon_threadsafe(woken.set)

    async def sleep(self, seconds: float) -> None:
        """Sleep for `seconds` of this clock."""
        await self.sleep_until(self.now() + seconds)

    async def sleep_until(self, when: float) -> None:
        """Return once this clock shows `when` (epoch seconds), be it by waiting or by a jump."""
        sleeper = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._sleepers.add(sleeper)
        try:
            while (left := when - self.now()) > 0:
                await self._nap(sleeper[1], min(left, LONGEST_NAP))
        finally:
            with self._lock:
                self._sleepers.discard(sleeper)

    @staticmethod
    async def _nap(woken: asyncio.Event, seconds: float) -> None:
        # Not asyncio.wait_for: until Python 3.12 it drops a cancellation that comes together with
        # what it waits for, and a sleeper that was called off while the clock jumped slept on.
        alarm = asyncio.get_running_loop().call_later(seconds, woken.set)
        try:
            await woken.wait()
        finally:
            alarm.cancel()
        woken.clear()

    def _restored_offset(self) -> float:
        try:
            return float(json.loads(self._state_path.read_text())["offset"])
        except FileNotFoundError:
            return 0.0

    def _persist(self) -> None:
        write_atomically(self._state_path, json.dumps({"offset": self._offset}))
        write_atomically(self.offset_path, f"{self._offset:.6f}\n")
