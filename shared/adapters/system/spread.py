"""`map` by several hands at once, for work that mostly waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

HANDS: Final = 8
"""OSS serves far more; a laptop's connections, and oss2's pool of ten, are the bound."""

T = TypeVar("T")
R = TypeVar("R")


def spread(work: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
    """The results in the order of the items, begun at most two rounds of hands ahead.

    The first error ends it, as with `map`; what was begun is finished first.
    """
    with ThreadPoolExecutor(HANDS) as pool:
        begun: deque[Future[R]] = deque()
        for item in items:
            begun.append(pool.submit(work, item))
            if len(begun) >= 2 * HANDS:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
