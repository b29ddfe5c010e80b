"""Reads are tried again for a while; writes never are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from shared.adapters.memory.clock import ManualClock
from shared.adapters.system.patient import TRIES, patient
from shared.adapters.system.spread import HANDS, spread
from shared.ports.errors import ConflictError, NotFoundError, PortError, UnavailableError


@dataclass
class Shaky:
    """Fails so often, each time with the next error."""

    errors: list[PortError] = field(default_factory=list)
    asked: int = 0

    def get(self, row_id: str, *, suffix: str = "") -> str:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return row_id + suffix

    def replace(self, row_id: str) -> str:
        return self.get(row_id)


def test_a_read_is_tried_again_while_a_service_is_in_the_way() -> None:
    shaky, clock = Shaky([UnavailableError("a")] * (TRIES - 1)), ManualClock()
    began = clock.monotonic()

    assert patient(shaky, clock).get("x", suffix="y") == "xy"
    assert 1 < clock.monotonic() - began < 10


def test_not_without_end() -> None:
    shaky = Shaky([UnavailableError("a")] * TRIES)

    with pytest.raises(UnavailableError):
        patient(shaky, ManualClock()).get("x")
    assert shaky.asked == TRIES


@pytest.mark.parametrize("error", [NotFoundError("n"), ConflictError("c")])
def test_an_answer_is_an_answer(error: PortError) -> None:
    shaky = Shaky([error])

    with pytest.raises(type(error)):
        patient(shaky, ManualClock()).get("x")
    assert shaky.asked == 1


def test_a_write_is_not_repeated() -> None:
    shaky = Shaky([UnavailableError("a")])

    with pytest.raises(UnavailableError):
        patient(shaky, ManualClock()).replace("x")
    assert shaky.asked == 1


def test_spread_keeps_the_order_and_reads_little_ahead() -> None:
    begun = 0

    def numbers() -> Iterator[int]:
        nonlocal begun
        for number in range(1000):
            begun += 1
            yield number

    results = spread(lambda number: number * 2, numbers())
    assert [next(results) for _ in range(5)] == [0, 2, 4, 6, 8]
    assert begun <= 5 + 2 * HANDS


def test_spread_ends_with_the_first_error() -> None:
    def work(number: int) -> int:
        if number == 3:
            raise UnavailableError("three")
        return number

    results = spread(work, range(100))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(UnavailableError):
        next(results)
