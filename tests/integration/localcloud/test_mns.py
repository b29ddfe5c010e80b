"""The vendor's own SDK against the local MNS: queues, topics, subscriptions, signatures."""

from __future__ import annotations

import json
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from mns.account import Account
from mns.mns_exception import MNSServerException
from mns.queue import Message, QueueMeta
from mns.subscription import SubscriptionMeta
from mns.topic import TopicMessage, TopicMeta

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.services.mns.service import FAILURE_QUEUE, MnsService
from tests.integration.localcloud.conftest import LoopThread

TOPIC = "maskline-events"


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
        made = Account(
            cloud.endpoints["mns"],
            changed.get("key_id", cloud.identity.access_key_id),
            changed.get("secret", cloud.identity.access_key_secret),
            changed.get("token", ""),
        )
        opened.append(made)
        return made

    yield open_one
    for client in opened:
        client.mns_client.close_connection()


@pytest.fixture
def account(open_account: Callable[..., Any]) -> Any:
    """The vendor's client with the account's own keys."""
    return open_account()


def attributes_of(queue: Any) -> Any:
    """A queue's attributes; the SDK warns about three that it still reads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return queue.get_attributes()


def make_queue(account: Any, name: str, **attributes: int) -> Any:
    """A queue whose bodies travel as they are."""
    queue = account.get_queue(name)
    meta = QueueMeta()
    for key, value in attributes.items():
        setattr(meta, key, value)
    queue.create(meta)
    queue.set_encoding(False)
    return queue


def code(failed: pytest.ExceptionInfo[MNSServerException]) -> str:
    """The vendor's code of an error."""
    return str(failed.value.type)


def eventually(read: Callable[[], Any], expected: Any) -> None:
    """Poll until it is so."""
    deadline = time.monotonic() + 5
    while (found := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.005)
    assert found == expected


# --- topics ---------------------------------------------------------------------------------


def test_published_message_is_on_record_as_it_was_sent(account: Any, service: MnsService) -> None:
    body = json.dumps({"id": "a<b>&\"'", "text": "作业 🌊"}, ensure_ascii=False)

    sent = account.get_topic(TOPIC).publish_message(TopicMessage(body, "done"))

    (message,) = service.messages(TOPIC)
    assert (message["message_id"], message["body"], message["tag"]) == (
        sent.message_id,
        body,
        "done",
    )
    assert abs(message["publish_time"] - time.time()) < 60


def test_published_messages_survive_a_restart(
    account: Any, cloud: Cloud, serve_in_thread: Callable[[Service], str]
) -> None:
    account.get_topic(TOPIC).publish_message(TopicMessage("one"))

    del cloud.endpoints["mns"]
    again = MnsService(cloud)
    serve_in_thread(again)

    assert [message["body"] for message in again.messages(TOPIC)] == ["one"]


def test_publishing_on_no_topic_is_refused(account: Any) -> None:
    with pytest.raises(MNSServerException) as failed:
        account.get_topic("nothing").publish_message(TopicMessage("x"))

    assert code(failed) == "TopicNotExist"


def test_topic_life(account: Any) -> None:
    topic = account.get_topic("news")
    assert topic.create(TopicMeta()).endswith("/topics/news")
    topic.set_attributes(TopicMeta(maximum_message_size=2048))

    with pytest.raises(MNSServerException) as other:
        topic.create(TopicMeta(maximum_message_size=4096))
    with pytest.raises(MNSServerException) as long:
        topic.publish_message(TopicMessage("x" * 2049))

    assert code(other) == "TopicAlreadyExist"
    assert code(long) == "InvalidArgument"
    assert topic.get_attributes().maximum_message_size == 2048
    urls, marker = account.list_topic("", 1, "")[:2]
    assert ([url.rpartition("/")[2] for url in urls], marker) == ([TOPIC], TOPIC)
    topic.delete()
    assert [url.rpartition("/")[2] for url in account.list_topic()[0]] == [TOPIC]


# --- queues ---------------------------------------------------------------------------------


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


# --- subscriptions --------------------------------------------------------------------------


def subscribe(account: Any, cloud: Cloud, endpoint: str, form: str, tag: str = "") -> Any:
    """A subscription of the topic."""
    subscription = account.get_subscription(TOPIC, "watcher")
    subscription.subscribe(SubscriptionMeta(endpoint, "BACKOFF_RETRY", form, tag))
    return subscription


def test_subscribed_queue_gets_tagged_messages(account: Any, cloud: Cloud) -> None:
    queue = make_queue(account, "inbox")
    endpoint = f"acs:mns:{cloud.identity.region}:{cloud.identity.account_id}:queues/inbox"
    subscription = subscribe(account, cloud, endpoint, "SIMPLIFIED", "done")

    account.get_topic(TOPIC).publish_message(TopicMessage("no", "failed"))
    account.get_topic(TOPIC).publish_message(TopicMessage("yes", "done"))

    assert [message.message_body for message in queue.batch_receive_message(16)] == ["yes"]
    assert subscription.get_attributes().endpoint == endpoint
    assert account.get_topic(TOPIC).list_subscription()[0][0].endswith("/subscriptions/watcher")


def test_notification_as_json(account: Any, cloud: Cloud) -> None:
    queue = make_queue(account, "inbox")
    subscribe(account, cloud, "acs:mns:r:1:queues/inbox", "JSON")

    sent = account.get_topic(TOPIC).publish_message(TopicMessage("hello topic", "t"))

    notification = json.loads(queue.receive_message().message_body)
    assert notification["Message"] == "hello topic"
    assert notification["MessageId"] == sent.message_id
    assert notification["MessageMD5"] == sent.message_body_md5
    assert notification["SubscriptionName"] == "watcher"
    assert notification["TopicName"] == TOPIC
    assert notification["MessageTag"] == "t"
    assert notification["TopicOwner"] == cloud.identity.account_id


class Endpoint(ThreadingHTTPServer):
    """Takes pushes; answers the statuses it was given, then 204."""

    def __init__(self, statuses: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), EndpointHandler)
        self.statuses = statuses
        self.bodies: list[str] = []
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """Where to push."""
        return f"http://127.0.0.1:{self.server_port}/notifications"


class EndpointHandler(BaseHTTPRequestHandler):
    """One push."""

    server: Endpoint

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Note the body and answer."""
        self.server.bodies.append(self.rfile.read(int(self.headers["content-length"])).decode())
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        self.end_headers()


def pushes_after(cloud: Cloud, endpoint: Endpoint, seconds: float) -> int:
    """How many pushes have come once so much time is over, and a moment to send them."""
    cloud.clock.advance(seconds)
    time.sleep(0.02)
    return len(endpoint.bodies)


def test_failed_push_is_repeated(account: Any, cloud: Cloud) -> None:
    endpoint = Endpoint([500, 503])
    subscribe(account, cloud, endpoint.url, "SIMPLIFIED")

    account.get_topic(TOPIC).publish_message(TopicMessage("again"))
    eventually(lambda: pushes_after(cloud, endpoint, 21), 3)
    for _ in range(3):
        pushes_after(cloud, endpoint, 21)

    assert endpoint.bodies == ["again"] * 3
    endpoint.shutdown()
    endpoint.server_close()


def test_endpoint_beyond_the_machine_is_refused(account: Any, cloud: Cloud) -> None:
    with pytest.raises(MNSServerException) as failed:
        subscribe(account, cloud, "http://example.com/hook", "XML")

    assert code(failed) == "InvalidArgument"


# --- Function Compute's destinations --------------------------------------------------------


def test_destination_message_is_put_on_its_queue(
    account: Any, cloud: Cloud, loop_thread: LoopThread
) -> None:
    identity = cloud.identity
    arn = f"acs:mns:{identity.region}:{identity.account_id}:/queues/{FAILURE_QUEUE}/messages"
    said = {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": "作"}

    loop_thread.run(cloud.bus.publish("fc.destination", {"arn": arn, "message": said}))

    queue = account.get_queue(FAILURE_QUEUE)
    queue.set_encoding(False)
    assert json.loads(queue.receive_message().message_body) == said


# --- signatures and faults ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"secret": "wrong"}, "SignatureDoesNotMatch"),
        ({"key_id": "LTAInobody"}, "InvalidAccessKeyId"),
        ({"token": "stolen"}, "AccessDenied"),
    ],
)
def test_strangers_are_refused(
    open_account: Callable[..., Any], changed: dict[str, str], expected: str
) -> None:
    stranger = open_account(**changed)

    with pytest.raises(MNSServerException) as failed:
        stranger.get_topic(TOPIC).publish_message(TopicMessage("x"))

    assert code(failed) == expected


def test_temporary_credentials(open_account: Callable[..., Any], cloud: Cloud) -> None:
    key_id, secret, token, _ = cloud.credentials.issue(3600, cloud.clock.now())
    guest = open_account(key_id=key_id, secret=secret, token=token)
    guest.get_topic(TOPIC).publish_message(TopicMessage("by a guest"))

    cloud.clock.advance(3601)
    with pytest.raises(MNSServerException) as expired:
        guest.get_topic(TOPIC).publish_message(TopicMessage("too late"))

    assert code(expired) == "AccessDenied"


def test_fault_comes_in_the_services_form(account: Any, cloud: Cloud) -> None:
    cloud.faults.add(
        {"service": "mns", "operation": "PublishMessage", "fault": "error:500:InternalError"}
    )

    with pytest.raises(MNSServerException) as failed:
        account.get_topic(TOPIC).publish_message(TopicMessage("x"))

    assert code(failed) == "InternalError"
    assert cloud.calls.snapshot()["calls"]["mns"]["PublishMessage"] == 1
