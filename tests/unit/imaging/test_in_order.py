from __future__ import annotations

import threading
from functools import partial

import pytest

from shared.imaging.files import RenderedFile
from shared.imaging.in_order import in_order


def files(number: int) -> tuple[RenderedFile, ...]:
    names = (f"{number}a", f"{number}b")
    return tuple(RenderedFile(name=name, media_type="", data=b"") for name in names)


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_files_come_in_the_order_of_the_work(workers: int, count: int) -> None:
    works = [partial(files, number) for number in range(count)]

    names = [file.name for file in in_order(works, workers)]

    assert names == [f"{number}{half}" for number in range(count) for half in "ab"]


def test_no_more_is_made_than_the_workers_hold() -> None:
    begun: list[int] = []

    def work(number: int) -> tuple[RenderedFile, ...]:
        begun.append(number)
        return files(number)

    made = in_order([partial(work, number) for number in range(9)], 2)
    next(made)

    assert max(begun) <= 1
    made.close()  # type: ignore[attr-defined]  # a generator


def test_two_work_at_a_time() -> None:
    meet = threading.Barrier(2, timeout=10)

    def work(number: int) -> tuple[RenderedFile, ...]:
        meet.wait()
        return files(number)

    assert len(list(in_order([partial(work, 0), partial(work, 1)], 2))) == 4


def test_what_fails_is_told() -> None:
    def fail() -> tuple[RenderedFile, ...]:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        list(in_order([partial(files, 1), fail], 2))
