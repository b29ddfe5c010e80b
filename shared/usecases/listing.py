"""Listings of any length, a page at a time: however many there are, nobody holds more than that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, Protocol, TypeVar

from shared.domain.job import Job
from shared.domain.state import JobState
from shared.ports.objects import ObjectInfo, ObjectStore
from shared.ports.stores import JobReader

OBJECTS: Final = 1000
JOBS: Final = 100
"""How many one request gives at most (OSS; Tablestore)."""

T = TypeVar("T")
R = TypeVar("R")


class Spread(Protocol):
    """`map`, perhaps by several hands at once; in order, and never far ahead of its reader."""

    def __call__(self, work: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
        """The results in the order of the items."""


def objects_under(objects: ObjectStore, prefix: str) -> Iterator[ObjectInfo]:
    """Every object under a prefix, in key order."""
    return _pages(lambda after: objects.page(prefix, after=after, limit=OBJECTS))


def every_job(jobs: JobReader, state: JobState | None = None) -> Iterator[Job]:
    """Every job, or every job of a state, in the order of the pages."""
    return _pages(lambda after: jobs.page(state, after=after, limit=JOBS))


def batches(items: Iterable[T], size: int = JOBS) -> Iterator[list[T]]:
    """The items by *size*, so that one request can ask about many."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def _pages(page: Callable[[str | None], tuple[Sequence[T], str | None]]) -> Iterator[T]:
    after: str | None = None
    while True:
        found, after = page(after)
        yield from found
        if after is None:
            return
