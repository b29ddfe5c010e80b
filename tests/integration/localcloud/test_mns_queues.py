"""Queues, topics and deliveries of the local MNS by themselves, on a clock that is set by hand."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.mns.attributes import Subscription
from scripts.localcloud.services.mns.delivery import Deliveries, make_push, pause_before
from scripts.localcloud.services.mns.notifications import Published
from scripts.localcloud.services.mns.queues import Queues
from scripts.localcloud.services.mns.signing import Push
from scripts.localcloud.services.mns.storage import prepare
from scripts.localcloud.services.mns.stored_messages import (
    Draft,
)
from scripts.localcloud.services.mns.topics import Topics
from scripts.localcloud.services.mns.urls import route


class HandClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def now(self) -> float:
        """Epoch seconds."""
        return self.seconds

    async def sleep_until(self, when: float) -> None:
        """Never wakes: these tests do not wait."""
        await asyncio.Event().wait()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty account."""
    made = Database(tmp_path / "mns.sqlite3")
    prepare(made)
    yield made
    made.close()


def test_counts_tell_the_three_states_apart(database: Database) -> None:
    clock = HandClock()
    queues = Queues(database, clock.now)
    queues.create("q", {})
    for delay in (0, 0, 60):
        queues.send("q", Draft(body="x", delay_seconds=delay))
    queues.receive("q", 1)

    assert queues.counts("q") == {
        "ActiveMessages": 1,
        "InactiveMessages": 1,
        "DelayMessages": 1,
    }


def test_message_that_shows_after_a_vain_look_is_not_slept_over(database: Database) -> None:
    clock = HandClock()
    queues = Queues(database, clock.now)
    queues.create("q", {})
    queues.send("q", Draft(body="x", delay_seconds=1))
    assert queues.receive("q", 1) == []

    clock.seconds += 1

    assert queues.next_visible("q") == clock.seconds


def test_purge_removes_what_outlived_its_retention(database: Database) -> None:
    clock = HandClock()
    queues = Queues(database, clock.now)
    queues.create("short", {"message_retention_period": 60})
    queues.create("long", {"message_retention_period": 600})
    for name in ("short", "long"):
        queues.send(name, Draft(body="x"))

    clock.seconds += 61

    assert queues.purge() == 1
    assert queues.receive("short", 1) == []
    assert len(queues.receive("long", 1)) == 1


def unsigned(push: Push) -> Push:
    """Leaves a push as it is."""
    return push


def pushes_of(database: Database, strategy: str, step: float, steps: int) -> list[float]:
    """Seconds after publishing at which a push is tried that is never taken."""
    clock = HandClock()
    topics = Topics(database, clock.now, Queues(database, clock.now), "1")
    topics.create("t", {})
    endpoint = "http://127.0.0.1:1/x"
    topics.subscribe(Subscription(topic="t", name="s", endpoint=endpoint, notify_strategy=strategy))
    topics.publish("t", "body")
    begun, times = clock.now(), []

    async def refuse(push: Push) -> int:
        times.append(clock.now() - begun)
        return 500

    async def play() -> None:
        deliveries = Deliveries(
            database, topics, clock.now, clock.sleep_until, send=refuse, sign=unsigned
        )
        for _ in range(steps):
            await deliveries.work_off()
            clock.seconds += step

    asyncio.run(play())
    return times


def test_push_is_repeated_three_times_and_then_dropped(database: Database) -> None:
    assert pushes_of(database, "BACKOFF_RETRY", 1, 100) == [0, 10, 25, 45]
    assert database.query("SELECT * FROM deliveries") == []


def test_decaying_push_is_repeated_for_a_day_and_then_dropped(database: Database) -> None:
    first = [0, 1, 3, 7, 15, 31, 63, 127, 255, 511]
    rest = [511 + 512 * number for number in range(1, 168)]

    assert pushes_of(database, "EXPONENTIAL_DECAY_RETRY", 1, 90_000) == first + rest
    assert database.query("SELECT * FROM deliveries") == []


def test_delivery_that_was_not_made_survives(database: Database) -> None:
    clock = HandClock()
    topics = Topics(database, clock.now, Queues(database, clock.now), "1")
    topics.create("t", {})
    topics.subscribe(Subscription(topic="t", name="s", endpoint="http://127.0.0.1:1/x"))
    topics.publish("t", "body", "tag")
    pushes: list[Push] = []

    async def take(push: Push) -> int:
        pushes.append(push)
        return 204

    async def play() -> None:
        again = Deliveries(database, topics, clock.now, clock.sleep_until, send=take, sign=unsigned)
        await again.work_off()
        await again.work_off()

    asyncio.run(play())

    assert len(pushes) == 1
    assert b"<Message>body</Message>" in pushes[0].body
    assert b"<MessageTag>tag</MessageTag>" in pushes[0].body


@pytest.mark.parametrize(
    ("form", "media", "digest"),
    [
        ("XML", "text/xml;charset=utf-8", None),
        ("JSON", "text/json;charset=utf-8", None),
        ("SIMPLIFIED", "text/plain;charset=utf-8", "841A2D689AD86BD1611447453C22C6FC"),
    ],
)
def test_push_tells_in_headers_what_its_body_does_not(
    form: str, media: str, digest: str | None
) -> None:
    endpoint = "http://127.0.0.1:1"
    subscriber = Subscription(topic="t", name="s", endpoint=endpoint, notify_content_format=form)
    published = Published(topic="t", message_id="ID", body="body", tag="done", published_at=7.5)

    push = make_push(subscriber, published, "42")

    told = {name: text for name, text in push.headers.items() if name.startswith("x-mns-")}
    del told["x-mns-request-id"], told["x-mns-version"]
    assert push.url == f"{endpoint}/notifications"
    assert push.headers["Content-Type"] == media
    if digest is None:
        assert told == {}
        digits = hashlib.md5(push.body, usedforsecurity=False).hexdigest()
        assert push.headers["Content-MD5"] == base64.b64encode(digits.encode()).decode()
        return
    assert push.headers["Content-MD5"] == digest
    assert told == {
        "x-mns-message-id": "ID",
        "x-mns-message-tag": "done",
        "x-mns-publish-time": "7500",
        "x-mns-subscriber": "42",
        "x-mns-subscription-name": "s",
        "x-mns-topic-name": "t",
        "x-mns-topic-owner": "42",
    }


def test_decaying_retry_ends_after_a_day() -> None:
    pauses = [pause_before("EXPONENTIAL_DECAY_RETRY", number) for number in range(1, 178)]

    assert pauses[:3] == [1.0, 2.0, 4.0]
    assert pauses[-1] is None
    assert 80_000 < sum(pause or 0 for pause in pauses) < 90_000


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/topics/t/messages", "PublishMessage"),
        ("POST", "/queues/q/messages", "SendMessage"),
        ("GET", "/queues/q/messages?waitseconds=3", "ReceiveMessage"),
        ("GET", "/queues/q/messages?numOfMessages=3", "BatchReceiveMessage"),
        ("GET", "/queues/q/messages?peekonly=true", "PeekMessage"),
        ("DELETE", "/queues/q/messages?ReceiptHandle=1", "DeleteMessage"),
        ("DELETE", "/queues/q/messages", "BatchDeleteMessage"),
        ("PUT", "/queues/q?metaoverride=true", "SetQueueAttributes"),
        ("PUT", "/topics/t/subscriptions/s", "Subscribe"),
        ("GET", "/?accountmeta=true", "GetAccountAttributes"),
        ("GET", "/x509_public_certificate.pem", "GetSigningCertificate"),
        ("PUT", "/x509_public_certificate.pem", "unknown"),
        ("PATCH", "/queues/q", "unknown"),
        ("GET", "/", "unknown"),
    ],
)
def test_operations_by_method_and_path(method: str, path: str, operation: str) -> None:
    assert route(method, path).operation == operation
