"""Work on the people of a picture, on several threads where there are enough of them.

The networks' runtimes let go of the interpreter's lock while they compute, so that two threads keep
two cores busy. Every person's work stands alone, so the answers are the same, bit for bit, however
many threads there are.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Thing = TypeVar("Thing")

MOST_USEFUL = 2
"""More than two threads have not been measured, and each may need interpreters of its own."""
WORTHWHILE = 4
"""People from whom on a second thread saves more than it costs."""


class Each(Protocol):
    """Something that applies a function to each of several items."""

    def __call__(
        self, function: Callable[[Item], Answer], items: Sequence[Item], /
    ) -> Iterable[Answer]:
        """The function's answers in the items' order."""


def in_turn(function: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
    """One after another, on the caller's thread."""
    return [function(item) for item in items]


class Threads:
    """Applies a function to each of several items, on `count` threads where it pays.

    The threads end with the call: a long-lived process keeps none of them.
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def __call__(
        self, function: Callable[[Item], Answer], items: Sequence[Item], /
    ) -> list[Answer]:
        """The function's answers in the items' order; an error is raised when all have ended."""
        if self._count < MOST_USEFUL or len(items) < WORTHWHILE:
            return in_turn(function, items)
        answers: dict[int, Answer] = {}
        waiting = iter(range(len(items)))

        def work() -> None:
            for index in waiting:  # drawing a number is atomic
                answers[index] = function(items[index])

        # The caller works too: every further thread has a heap of its own, which costs memory.
        with ThreadPoolExecutor(self._count - 1, "person") as pool:
            helpers = [pool.submit(work) for _ in range(self._count - 1)]
            work()
        for helper in helpers:
            helper.result()
        return [answers[index] for index in range(len(items))]


def useful_threads() -> int:
    """As many threads as there are cores for this process, up to MOST_USEFUL."""
    affinity = getattr(os, "sched_getaffinity", None)  # macOS has none
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min(MOST_USEFUL, cores)


class Spares(Generic[Thing]):
    """Things that one thread at a time may use: up to `most`, made when all others are in use."""

    def __init__(self, make: Callable[[], Thing], most: int = 1) -> None:
        self._make = make
        self._free = [make()]
        self._seats = threading.BoundedSemaphore(most)

    @contextmanager
    def one(self) -> Generator[Thing, None, None]:
        """A thing that is nobody else's until it is given back."""
        with self._seats:
            try:
                thing = self._free.pop()  # atomic, as `append` is
            except IndexError:
                thing = self._make()
            try:
                yield thing
            finally:
                self._free.append(thing)
