"""The vendor's own SDK against the local MNS: queues and their messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from mns.account import AccountMeta
from mns.mns_exception import MNSServerException
from mns.queue import Message, QueueMeta

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.services.mns.documents import read_document
from scripts.localcloud.services.mns.service import FAILURE_QUEUE, MnsService
from tests.integration.localcloud.mns_client import (
    attributes_of,
    close_client,
    code,
    eventually,
    make_queue,
    open_client,
)


@pytest.fixture
def service(cloud: Cloud, serve_in_thread: Callable[[Service], str]) -> MnsService:
    """A running service."""
    service = MnsService(cloud)
    serve_in_thread(service)
    return service


@pytest.fixture
def open_account(service: MnsService, cloud: Cloud) -> Iterator[Callable[..., Any]]:
    """Opens clients with the account's keys, or others; they are closed at the end."""
    opened: list[Any] = []

    def open_one(**changed: str) -> Any:
        opened.append(open_client(cloud, **changed))
        return opened[-1]

    yield open_one
    for client in opened:
        close_client(client)


@pytest.fixture
def account(open_account: Callable[..., Any]) -> Any:
    """The vendor's client with the account's own keys."""
    return open_account()


def test_message_goes_through_a_queue(account: Any) -> None:
    queue = make_queue(account, "work")
    sent = queue.send_message(Message("one <b>"))

    received = queue.receive_message()
    with pytest.raises(MNSServerException) as hidden:
        queue.receive_message()
    queue.delete_message(received.receipt_handle)
    with pytest.raises(MNSServerException) as gone:
        queue.delete_message(received.receipt_handle)

    assert (received.message_id, received.message_body) == (sent.message_id, "one <b>")
    assert received.message_body_md5 == sent.message_body_md5
    assert received.dequeue_count == 1
    assert code(hidden) == "MessageNotExist"
    assert code(gone) == "MessageNotExist"


def test_unfinished_message_comes_back(account: Any, cloud: Cloud) -> None:
    queue = make_queue(account, "work", visibility_timeout=30)
    queue.send_message(Message("one"))
    first = queue.receive_message()

    cloud.clock.advance(31)
    second = queue.receive_message()
    with pytest.raises(MNSServerException) as late:
        queue.delete_message(first.receipt_handle)

    assert second.dequeue_count == 2
    assert second.message_id == first.message_id
    assert code(late) == "ReceiptHandleError"


def test_handle_ends_with_its_time(account: Any, cloud: Cloud) -> None:
    queue = make_queue(account, "work", visibility_timeout=30)
    queue.send_message(Message("one"))
    received = queue.receive_message()

    cloud.clock.advance(31)
    with pytest.raises(MNSServerException) as late:
        queue.delete_message(received.receipt_handle)

    assert code(late) == "ReceiptHandleError"
    assert queue.receive_message().message_body == "one"


def test_visibility_is_changed(account: Any, cloud: Cloud) -> None:
    queue = make_queue(account, "work", visibility_timeout=30)
    queue.send_message(Message("one"))
    received = queue.receive_message()

    changed = queue.change_message_visibility(received.receipt_handle, 600)
    cloud.clock.advance(31)

    with pytest.raises(MNSServerException):
        queue.receive_message()
    queue.delete_message(changed.receipt_handle)


def test_delayed_message_waits(account: Any, cloud: Cloud) -> None:
    queue = make_queue(account, "work")
    queue.send_message(Message("later", 120))

    with pytest.raises(MNSServerException):
        queue.receive_message()
    cloud.clock.advance(121)

    assert queue.receive_message().message_body == "later"


def test_waiting_receiver_gets_what_arrives(
    account: Any, open_account: Callable[..., Any], cloud: Cloud
) -> None:
    queue = make_queue(account, "work")
    found: list[str] = []
    other = open_account().get_queue("work")
    other.set_encoding(False)
    receiver = threading.Thread(target=lambda: found.append(other.receive_message(20).message_body))

    receiver.start()
    eventually(lambda: cloud.calls.snapshot()["calls"]["mns"].get("ReceiveMessage"), 1)
    queue.send_message(Message("there"))
    receiver.join(10)

    assert found == ["there"]


def test_waiting_ends_with_the_clock(account: Any, cloud: Cloud) -> None:
    queue = make_queue(account, "work")
    begin = time.monotonic()
    timer = threading.Timer(0.2, lambda: cloud.clock.advance(30))
    timer.start()

    with pytest.raises(MNSServerException) as empty:
        queue.receive_message(20)

    timer.join()
    assert code(empty) == "MessageNotExist"
    assert time.monotonic() - begin < 10


def test_priority_then_order(account: Any) -> None:
    queue = make_queue(account, "work")
    for body, priority in (("late", 16), ("first", 1), ("second", 8), ("third", 8)):
        queue.send_message(Message(body, -1, priority))

    assert [message.message_body for message in queue.batch_receive_message(16)] == [
        "first",
        "second",
        "third",
        "late",
    ]


def test_batches(account: Any) -> None:
    queue = make_queue(account, "work")
    sent = queue.batch_send_message([Message(str(number)) for number in range(4)])
    peeked = queue.batch_peek_message(16)
    received = queue.batch_receive_message(3)
    handles = [message.receipt_handle for message in received]

    with pytest.raises(MNSServerException) as failed:
        queue.batch_delete_message([*handles, "garbage"])

    assert len(sent) == 4
    assert [message.message_body for message in peeked] == ["0", "1", "2", "3"]
    assert code(failed) == "ReceiptHandleError"
    assert failed.value.sub_errors[0]["ReceiptHandle"] == "garbage"
    assert queue.receive_message().message_body == "3"


def test_message_of_a_batch_that_is_too_long_leaves_the_others(account: Any) -> None:
    queue = make_queue(account, "work", maximum_message_size=1024)

    with pytest.raises(MNSServerException) as failed:
        queue.batch_send_message([Message("a"), Message("b" * 1025), Message("c")])

    assert code(failed) == "InvalidArgument"
    assert ["MessageId" in part for part in failed.value.sub_errors] == [True, False, True]
    received = queue.batch_receive_message(16)
    assert [message.message_body for message in received] == ["a", "c"]


def test_batch_for_no_queue_is_refused_as_a_whole(account: Any) -> None:
    with pytest.raises(MNSServerException) as failed:
        account.get_queue("nothing").batch_send_message([Message("a")])

    assert code(failed) == "QueueNotExist"


def test_refusal_is_told_by_the_same_id_in_header_and_document(
    service: MnsService, cloud: Cloud
) -> None:
    answer = httpx.get(f"{cloud.endpoints['mns']}/queues/nobody-asks")

    assert read_document(answer.content).findtext("RequestId") == answer.headers["x-mns-request-id"]


def test_account_remembers_where_its_logs_are_to_go(account: Any) -> None:
    account.set_attributes(AccountMeta(logging_bucket="logs"))

    assert account.get_attributes().logging_bucket == "logs"


def test_old_messages_leave(account: Any, cloud: Cloud) -> None:
    queue = make_queue(account, "work", message_retention_period=60)
    queue.send_message(Message("old"))

    cloud.clock.advance(61)

    with pytest.raises(MNSServerException) as failed:
        queue.receive_message()
    assert code(failed) == "MessageNotExist"


def test_queue_life(account: Any) -> None:
    queue = make_queue(account, "work", visibility_timeout=45)
    meta = QueueMeta()
    meta.delay_seconds = 5
    queue.set_attributes(meta)

    attributes = attributes_of(queue)

    assert (attributes.visibility_timeout, attributes.delay_seconds) == (45, 5)
    urls = account.list_queue()[0]
    assert [url.rpartition("/")[2] for url in urls] == [FAILURE_QUEUE, "work"]
    queue.delete()
    with pytest.raises(MNSServerException) as gone:
        attributes_of(queue)
    assert code(gone) == "QueueNotExist"
