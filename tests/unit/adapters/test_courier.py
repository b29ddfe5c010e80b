"""Errands to sinks: each in its own thread, one after the other, and none that blocks another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from shared.adapters.memory.clock import ManualClock
from shared.adapters.system.courier import LONGEST_LINE, LONGEST_REST, ThreadCourier
from shared.domain.events import CloudEvent
from shared.ports.errors import UnavailableError
from shared.ports.events import Receipt
from tests.contract.messages_suite import event

DEADLINE = 10.0


@dataclass
class Held:
    """A sink that answers when it is let go."""

    name: str = "held"
    error: Exception | None = None
    go: threading.Event = field(default_factory=threading.Event)
    got: list[str] = field(default_factory=list)

    def publish(self, event: CloudEvent) -> str:
        self.got.append(event.id)
        assert self.go.wait(DEADLINE)
        if self.error is not None:
            raise self.error
        return "taken"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def courier(clock: ManualClock) -> ThreadCourier:
    return ThreadCourier(clock)


@pytest.fixture
def held() -> Iterator[Held]:
    sink = Held()
    yield sink
    sink.go.set()


def free(name: str = "free") -> Held:
    sink = Held(name)
    sink.go.set()
    return sink


def awaited(courier: ThreadCourier, count: int = 1) -> list[Receipt]:
    receipts: list[Receipt] = []
    while len(receipts) < count:
        more = courier.returned(wait=DEADLINE)
        assert more, "nothing came back"
        receipts += more
    return receipts


def test_a_sink_that_hangs_holds_up_nobody(courier: ThreadCourier, held: Held) -> None:
    assert courier.take(held, event(), holder="j-1")
    assert courier.take(free(), event(), holder="j-1")

    (receipt,) = awaited(courier)

    assert (receipt.sink, receipt.holder, receipt.said, receipt.error) == (
        "free",
        "j-1",
        "taken",
        None,
    )
    assert courier.carries("held", event().id)
    assert courier.busy()
    held.go.set()
    assert [r.sink for r in awaited(courier)] == ["held"]
    assert not courier.carries("held", event().id)


def test_what_is_under_way_is_not_taken_twice(courier: ThreadCourier, held: Held) -> None:
    assert courier.take(held, event(), holder="j-1")
    assert courier.take(held, event(), holder="j-1")
    held.go.set()

    assert len(awaited(courier)) == 1
    assert held.got == [event().id]


def test_what_is_back_and_not_heard_of_is_not_sent_again(courier: ThreadCourier) -> None:
    sink = free()
    courier.take(sink, event(), holder="j-1")
    while courier.busy():
        pass

    assert courier.carries("free", event().id)
    assert courier.take(sink, event(), holder="j-1")
    assert len(awaited(courier)) == 1
    assert sink.got == [event().id]
    assert not courier.carries("free", event().id)


def test_a_line_keeps_its_order_and_has_an_end(courier: ThreadCourier, held: Held) -> None:
    ids = [f"e-{number}" for number in range(LONGEST_LINE)]
    assert all(courier.take(held, event(id=each), holder=each) for each in ids)
    assert not courier.take(held, event(id="one-too-many"), holder="x")
    held.go.set()

    assert [r.event_id for r in awaited(courier, LONGEST_LINE)] == ids
    assert held.got == ids


def test_after_an_error_the_line_is_let_go_and_the_sink_rests_longer_each_time(
    courier: ThreadCourier, clock: ManualClock
) -> None:
    sink = Held(error=UnavailableError("HTTP 503"))
    courier.take(sink, event(id="a"), holder="j")
    courier.take(sink, event(id="b"), holder="j")
    sink.go.set()
    (receipt,) = awaited(courier)

    assert (receipt.event_id, str(receipt.error)) == ("a", "HTTP 503")
    assert not courier.carries("held", "b")
    for rest in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, LONGEST_REST, LONGEST_REST):
        clock.advance(rest - 0.1)
        assert not courier.take(sink, event(id="c"), holder="j")
        clock.advance(0.2)
        assert courier.take(sink, event(id="c"), holder="j")
        awaited(courier)
    sink.error = None
    clock.advance(LONGEST_REST)
    assert courier.take(sink, event(id="d"), holder="j")
    awaited(courier)
    assert courier.take(sink, event(id="e"), holder="j"), "one success ends the rest"


def test_a_sinks_own_bug_is_an_errands_end_too(courier: ThreadCourier) -> None:
    sink = Held(error=ZeroDivisionError("secret"))
    sink.go.set()
    courier.take(sink, event(), holder="j")

    (receipt,) = awaited(courier)

    assert str(receipt.error) == "held: ZeroDivisionError"


def test_without_anything_under_way_nobody_waits_for_nothing(courier: ThreadCourier) -> None:
    assert courier.returned(wait=0.0) == []
    assert not courier.busy()
