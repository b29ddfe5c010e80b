"""Runs something that starts and stops until the process is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import Any, Protocol


class Served(Protocol):
    """What can be run."""

    async def start(self) -> None:
        """Start everything; on an error nothing is left running."""

    async def stop(self) -> None:
        """Stop everything, however far it came."""

    def description(self) -> dict[str, Any]:
        """What it says of itself once it runs."""


async def serve_until_told(served: Served, on_ready: Callable[[dict[str, Any]], None]) -> None:
    """Start it, call `on_ready` with its description, and stop it upon SIGINT, SIGTERM, SIGHUP."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told.set)
    starting = loop.create_task(served.start())
    waiting = loop.create_task(told.wait())
    await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if not starting.done():
            starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting
        if not told.is_set():
            on_ready(served.description())
            await waiting
    finally:
        waiting.cancel()
        await served.stop()
