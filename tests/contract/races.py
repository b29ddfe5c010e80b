"""Many threads at one thing, at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from shared.ports.errors import ConflictError


def winners(act: Callable[[int], object], racers: int = 8) -> list[int]:
    """The racers whose act did not end in ConflictError; any other error is raised."""
    start = threading.Barrier(racers)

    def race(number: int) -> int | None:
        start.wait(10)
        try:
            act(number)
        except ConflictError:
            return None
        return number

    with ThreadPoolExecutor(racers) as pool:
        results = list(pool.map(race, range(racers)))
    return [number for number in results if number is not None]
