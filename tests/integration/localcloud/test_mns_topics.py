"""The vendor's own SDK against the local MNS: topics, subscriptions, and who may ask."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mns.mns_exception import MNSServerException
from mns.topic import TopicMessage, TopicMeta

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.services.mns.service import FAILURE_QUEUE, MnsService
from tests.integration.localcloud.conftest import LoopThread
from tests.integration.localcloud.mns_client import (
    TOPIC,
    close_client,
    code,
    make_queue,
    open_client,
    subscribe,
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


def test_subscribed_queue_gets_tagged_messages(account: Any, cloud: Cloud) -> None:
    queue = make_queue(account, "inbox")
    endpoint = f"acs:mns:{cloud.identity.region}:{cloud.identity.account_id}:queues/inbox"
    subscription = subscribe(account, endpoint, "SIMPLIFIED", "done")

    account.get_topic(TOPIC).publish_message(TopicMessage("no", "failed"))
    account.get_topic(TOPIC).publish_message(TopicMessage("yes", "done"))

    assert [message.message_body for message in queue.batch_receive_message(16)] == ["yes"]
    assert subscription.get_attributes().endpoint == endpoint
    assert account.get_topic(TOPIC).list_subscription()[0][0].endswith("/subscriptions/watcher")


def test_notification_as_json(account: Any, cloud: Cloud) -> None:
    queue = make_queue(account, "inbox")
    subscribe(account, "acs:mns:r:1:queues/inbox", "JSON")

    sent = account.get_topic(TOPIC).publish_message(TopicMessage("hello topic", "t"))

    notification = json.loads(queue.receive_message().message_body)
    assert notification["Message"] == "hello topic"
    assert notification["MessageId"] == sent.message_id
    assert notification["MessageMD5"] == sent.message_body_md5
    assert notification["SubscriptionName"] == "watcher"
    assert notification["TopicName"] == TOPIC
    assert notification["MessageTag"] == "t"
    assert notification["TopicOwner"] == cloud.identity.account_id


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
