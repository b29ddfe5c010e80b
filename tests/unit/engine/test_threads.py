from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from scripts.engine.arrays import Affine, Rgb
from scripts.engine.geometry import stretched_box
from scripts.engine.pyramid import Pyramid
from scripts.engine.threads import Spares, Threads, useful_threads
from scripts.engine.timing import Watch

WAIT = 30.0


def test_two_threads_work_at_once_and_answers_keep_their_order() -> None:
    meeting = threading.Barrier(2)

    def work(item: int) -> tuple[int, str]:
        meeting.wait(WAIT)  # passes only with somebody else at work
        return item, threading.current_thread().name

    answers = Threads(2)(work, range(6))

    assert [item for item, _ in answers] == [0, 1, 2, 3, 4, 5]
    assert len({name for _, name in answers}) == 2
    assert threading.active_count() == 1


@pytest.mark.parametrize(("count", "items"), [(1, 9), (2, 3)])
def test_few_people_or_one_core_stay_on_the_caller_s_thread(count: int, items: int) -> None:
    names = Threads(count)(lambda _: threading.current_thread().name, range(items))

    assert names == [threading.current_thread().name] * items


def test_an_error_of_either_thread_is_the_caller_s() -> None:
    meeting = threading.Barrier(2)

    def work(item: int) -> None:
        if item < 2:
            meeting.wait(WAIT)
        if threading.current_thread().name.startswith("person"):
            raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        Threads(2)(work, range(4))


def test_useful_threads_are_one_or_two() -> None:
    assert useful_threads() in (1, 2)


@pytest.mark.parametrize("most", [1, 2])
def test_a_spare_is_nobody_else_s_and_no_more_are_made_than_allowed(most: int) -> None:
    made: list[list[int]] = []
    crowded: list[int] = []

    def make() -> list[int]:
        made.append([])
        return made[-1]

    spares = Spares(make, most)

    def use(number: int) -> None:
        with spares.one() as mine:
            mine.append(number)
            time.sleep(0.0005)  # lets others in, were they allowed
            crowded.append(len(mine))
            mine.clear()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(200)))

    assert set(crowded) == {1}
    assert 1 <= len(made) <= most


def test_spares_are_made_only_when_all_others_are_in_use() -> None:
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    spares = Spares(make, 2)
    with spares.one() as first:
        pass
    with spares.one() as again, spares.one() as second:
        used = (again, second)

    assert used[0] is first
    assert used == tuple(made)


def test_a_picture_is_halved_once_however_many_ask() -> None:
    noise = np.random.default_rng(7).integers(0, 256, (2048, 2048, 3), np.uint8)
    region = stretched_box(np.array([0.0, 0.0, 2048.0, 2048.0]), 0.0, 64)
    alone = Pyramid(noise).crop(region, 64)

    for _ in range(5):
        crops = Threads(2)(partial(_cropped, Pyramid(noise), region), range(8))

        assert all(np.array_equal(crop, alone) for crop in crops)


def _cropped(picture: Pyramid, region: Affine, _: int) -> Rgb:
    return picture.crop(region, 64)


def test_a_watch_measures_each_thread_s_own_time() -> None:
    watch = Watch()

    def briefly() -> None:
        with watch:
            pass

    with watch:
        time.sleep(0.05)
        other = threading.Thread(target=briefly)
        other.start()
        other.join()

    assert watch.runs == 2
    assert watch.seconds >= 0.05
