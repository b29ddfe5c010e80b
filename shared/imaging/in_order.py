"""Work on several files at once, handed out in order, with no more of it in memory than needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from shared.imaging.files import RenderedFile

Work = Callable[[], tuple[RenderedFile, ...]]


def in_order(works: Sequence[Work], workers: int) -> Iterator[RenderedFile]:
    """The files of all *works*, in their order; at most *workers* are at work or waiting.

    NumPy, Pillow and deflate leave the interpreter to others while they work, so threads do.
    """
    if workers == 1 or len(works) == 1:
        for work in works:
            yield from work()
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="pictures") as pool:
        waiting: deque[Future[tuple[RenderedFile, ...]]] = deque()
        for work in works:
            if len(waiting) == workers:
                yield from waiting.popleft().result()
            waiting.append(pool.submit(work))
        while waiting:
            yield from waiting.popleft().result()
