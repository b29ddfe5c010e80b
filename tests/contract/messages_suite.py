"""What sinks, the failure queue and the invoker promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from shared.domain.events import CloudEvent
from shared.ports.events import EventSink, FailureQueue
from shared.ports.functions import FunctionInvoker
from tests.contract.records import NOW, once


def event(**changes: Any) -> CloudEvent:
    """A finished job, in two alphabets."""
    facts: dict[str, Any] = {
        "id": "j-1:maskline.job.done:1",
        "type": "maskline.job.done",
        "source": "acs:maskline:photos",
        "subject": "uploads/人 a.jpg",
        "time": NOW + 0.25,
        "sequence": 7,
        "data": {"job_id": "j-1", "people": 2, "note": "<&>\"'", "nested": {"x": [1, None]}},
    }
    return CloudEvent(**{**facts, **changes})


class EventSinkSuite:
    """`arrived` answers what the other side has got so far, as event ids."""

    @pytest.fixture
    def sink(self) -> EventSink:
        raise NotImplementedError

    @pytest.fixture
    def arrived(self) -> Callable[[], list[str]]:
        raise NotImplementedError

    def test_a_name_for_the_outbox(self, sink: EventSink) -> None:
        assert sink.name.isidentifier()

    def test_what_is_published_arrives_each_time(
        self, sink: EventSink, arrived: Callable[[], list[str]]
    ) -> None:
        sink.publish(event())
        sink.publish(event(id="j-2:maskline.job.lost:1", type="maskline.job.lost"))
        sink.publish(event())

        assert once(arrived, lambda ids: len(ids) == 3) == [
            "j-1:maskline.job.done:1",
            "j-2:maskline.job.lost:1",
            "j-1:maskline.job.done:1",
        ]


class FailureQueueSuite:
    @pytest.fixture
    def queue(self) -> FailureQueue:
        raise NotImplementedError

    @pytest.fixture
    def send(self) -> Callable[[Mapping[str, object]], None]:
        raise NotImplementedError

    def test_an_empty_queue_is_empty(self, queue: FailureQueue) -> None:
        assert queue.receive(5) == []

    def test_messages_are_received_and_gone_once_acknowledged(
        self, queue: FailureQueue, send: Callable[[Mapping[str, object]], None]
    ) -> None:
        messages: list[dict[str, object]] = [
            {"requestPayload": f'{{"events":[{n}]}}', "名": "人"} for n in range(3)
        ]
        for message in messages:
            send(message)

        got = once(lambda: queue.receive(16), lambda found: len(found) == 3)

        assert sorted(str(m) for _, m in got) == sorted(str(m) for m in messages)
        for receipt, _ in got:
            queue.acknowledge(receipt)
        assert queue.receive(16) == []

    def test_no_more_than_asked_for(
        self, queue: FailureQueue, send: Callable[[Mapping[str, object]], None]
    ) -> None:
        for n in range(3):
            send({"n": n})

        assert len(once(lambda: queue.receive(2), bool)) <= 2

    def test_acknowledging_twice_is_no_error(
        self, queue: FailureQueue, send: Callable[[Mapping[str, object]], None]
    ) -> None:
        send({"n": 1})
        ((receipt, _),) = once(lambda: queue.receive(2), bool)

        queue.acknowledge(receipt)
        queue.acknowledge(receipt)


class InvokerSuite:
    """`ran` answers the payloads of the runs so far, in no order."""

    @pytest.fixture
    def invoker(self) -> FunctionInvoker:
        raise NotImplementedError

    @pytest.fixture
    def ran(self) -> Callable[[], list[Mapping[str, object]]]:
        raise NotImplementedError

    def test_an_id_runs_once(
        self, invoker: FunctionInvoker, ran: Callable[[], list[Mapping[str, object]]]
    ) -> None:
        assert invoker.invoke("poller", {"n": 1}, invocation_id="kick-1") is True
        assert invoker.invoke("poller", {"n": 2}, invocation_id="kick-1") is False
        assert invoker.invoke("poller", {"n": 3, "名": "人"}, invocation_id="kick-2") is True

        found = once(ran, lambda runs: len(runs) >= 2)

        assert sorted(str(run) for run in found) == sorted(
            str(run) for run in ({"n": 1}, {"n": 3, "名": "人"})
        )
