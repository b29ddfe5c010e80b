"""What starts functions: objects' events with their accidents, timers on a clock that jumps."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fc2
import pytest
from mns.topic import TopicMessage, TopicMeta

from scripts.localcloud.core.access import Role
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.services.fc.triggers import TOPIC
from scripts.localcloud.services.mns.announcing import Announcements
from scripts.localcloud.services.mns.queues import Queues
from scripts.localcloud.services.mns.service import MnsService
from scripts.localcloud.services.mns.storage import prepare
from scripts.localcloud.services.mns.topics import Topics
from tests.integration.localcloud.conftest import LoopThread, Serve
from tests.integration.localcloud.fc_client import (
    Notes,
    allowing,
    client_of,
    create_function,
    eventually,
    trusting,
)
from tests.integration.localcloud.mns_client import close_client, open_client

EVENTS = Path(__file__).parents[2] / "events"
Upload = Callable[..., None]


@pytest.fixture
def service(cloud: Cloud, serve_in_thread: Serve) -> FcService:
    made = FcService(cloud)
    serve_in_thread(made)
    return made


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "notes")


@pytest.fixture
def client(cloud: Cloud, service: FcService, tmp_path: Path, notes: Notes) -> fc2.Client:
    made = client_of(cloud)
    made.create_service("s")
    create_function(made, tmp_path, environmentVariables={"NOTES": str(notes.path)})
    return made


def trigger(
    client: fc2.Client,
    name: str = "on-upload",
    *,
    events: tuple[str, ...] = ("oss:ObjectCreated:PutObject",),
    prefix: str = "uploads/",
    suffix: str = "",
    bucket: str = "photos",
) -> None:
    key = {"prefix": prefix, "suffix": suffix}
    config = {"events": list(events), "filter": {"key": key}}
    arn = f"acs:oss:cn-beijing:1:{bucket}"
    client.create_trigger("s", "f", name, "oss", config, arn, "acs:ram::1:role/r")


@pytest.fixture
def upload(cloud: Cloud, loop_thread: LoopThread) -> Upload:
    """Tells the bus that an object was made, as OSS does."""

    def tell(key: str, name: str = "ObjectCreated:PutObject", bucket: str = "photos") -> None:
        oss = {"bucket": {"name": bucket}, "object": {"key": key, "eTag": "E", "size": 1}}
        record = {"eventName": name, "eventSource": "acs:oss", "oss": oss}
        loop_thread.run(cloud.bus.publish("oss.object-created", {"record": record}))

    return tell


def keys(notes: Notes) -> list[str]:
    return [event["events"][0]["oss"]["object"]["key"] for event in notes.events()]


def test_only_what_the_trigger_names_reaches_the_function(
    client: fc2.Client, notes: Notes, upload: Upload
) -> None:
    trigger(client, suffix=".jpg")
    upload("uploads/a.png")
    upload("elsewhere/a.jpg")
    upload("uploads/a.jpg", bucket="others")
    upload("uploads/a.jpg", name="ObjectCreated:UploadPart")
    upload("uploads/合影 +%41.jpg")
    assert notes.wait_for(1)[0]["events"][0]["eventName"] == "ObjectCreated:PutObject"
    assert keys(notes) == ["uploads/合影 +%41.jpg"]
    assert list(notes.events()[0]) == ["events"]


def test_star_covers_every_way_of_making_an_object(
    client: fc2.Client, notes: Notes, upload: Upload
) -> None:
    trigger(client, events=("oss:ObjectCreated:*",))
    upload("uploads/a", name="ObjectCreated:CompleteMultipartUpload")
    upload("uploads/b", name="ObjectRemoved:DeleteObject")
    upload("uploads/c", name="ObjectCreated:CopyObject")
    notes.wait_for(2)
    assert sorted(keys(notes)) == ["uploads/a", "uploads/c"]


@pytest.mark.parametrize(
    ("events", "prefix", "suffix", "accepted"),
    [
        ("oss:ObjectCreated:*", "source", "zip", False),
        ("oss:ObjectCreated:*", "source1", "zip1", True),
        ("oss:ObjectCreated:PutObject", "source", "zip", False),
        ("oss:ObjectCreated:PutObject", "source", "1zip", False),
        ("oss:ObjectCreated:PutObject", "source1", "zip", False),
        ("oss:ObjectCreated:PutObject", "source", "", False),
        ("oss:ObjectCreated:PutObject", "", "zip", False),
        ("oss:ObjectCreated:PutObject", "source1", "zip1", True),
        ("oss:ObjectCreated:PutObject", "1source", "1zip", True),
        ("oss:ObjectCreated:PostObject", "source", "zip", True),
    ],
)
def test_overlapping_triggers_are_refused_as_the_vendors_table_says(
    client: fc2.Client, events: str, prefix: str, suffix: str, accepted: bool
) -> None:
    trigger(client, "first", prefix="source", suffix="zip")
    if accepted:
        trigger(client, "second", events=(events,), prefix=prefix, suffix=suffix)
    else:
        with pytest.raises(fc2.FcError, match=r"the trigger overlaps .*first.* in events"):
            trigger(client, "second", events=(events,), prefix=prefix, suffix=suffix)


def order(cloud: Cloud, fault: str, **rest: Any) -> None:
    cloud.faults.add({"service": "oss", "operation": "event", "fault": fault, "count": 1, **rest})


ACCIDENTS = {
    "duplicate-event": 2,
    "drop-after": 2,
    "drop-before": 1,
    "error:500:InternalError": 1,
    "delay:0.2": 1,
    "lose-event": 0,
}


@pytest.mark.parametrize("fault", ACCIDENTS)
def test_accidents_of_a_delivery(
    client: fc2.Client, notes: Notes, upload: Upload, cloud: Cloud, fault: str
) -> None:
    runs = ACCIDENTS[fault]
    trigger(client)
    order(cloud, fault)
    upload("uploads/struck")
    eventually(lambda: keys(notes).count("uploads/struck") >= runs)
    upload("uploads/after")
    eventually(lambda: "uploads/after" in keys(notes))
    cloud.clock.advance(60)
    eventually(lambda: keys(notes).count("uploads/struck") == runs)


def test_a_delivery_can_be_overtaken(
    client: fc2.Client, notes: Notes, upload: Upload, cloud: Cloud
) -> None:
    trigger(client)
    client.put_on_demand_config("s", "LATEST", "f", 1)
    order(cloud, "reorder-events")
    upload("uploads/1")
    upload("uploads/2")
    notes.wait_for(2)
    assert keys(notes) == ["uploads/2", "uploads/1"]


def test_the_last_delivery_of_all_is_not_held_for_ever(
    client: fc2.Client, notes: Notes, upload: Upload, cloud: Cloud
) -> None:
    trigger(client)
    order(cloud, "reorder-events")
    upload("uploads/1")
    notes.wait_for(1)


def timer(client: fc2.Client, expression: str, name: str = "tick", **config: Any) -> None:
    settings = {"cronExpression": expression, "enable": True, "payload": "awesome-fc", **config}
    client.create_trigger("s", "f", name, "timer", settings, "", "")


def test_timer_fires_once_for_each_jump(client: fc2.Client, notes: Notes, cloud: Cloud) -> None:
    timer(client, "@every 1m")
    cloud.clock.advance(61)
    notes.wait_for(1)
    cloud.clock.advance(24 * 3600)
    event = notes.wait_for(2)[1]
    assert set(event) == {"triggerTime", "triggerName", "payload"}
    assert (event["triggerName"], event["payload"]) == ("tick", "awesome-fc")
    assert event["triggerTime"][-1] == "Z"
    cloud.clock.advance(59)
    cloud.clock.advance(2)
    notes.wait_for(3)
    assert len(notes.runs()) == 3


def test_timer_that_is_off_or_gone_does_not_fire(
    client: fc2.Client, notes: Notes, cloud: Cloud
) -> None:
    timer(client, "@every 1m", "off", enable=False)
    timer(client, "@every 1m", "gone")
    timer(client, "@every 1m", "kept")
    client.delete_trigger("s", "f", "gone")
    cloud.clock.advance(61)
    assert notes.wait_for(1)[0]["triggerName"] == "kept"
    client.update_trigger(
        "s", "f", "off", triggerConfig={"cronExpression": "@every 1m", "enable": True}
    )
    client.delete_trigger("s", "f", "kept")
    cloud.clock.advance(61)
    assert notes.wait_for(2)[1]["triggerName"] == "off"
    assert len(notes.runs()) == 2


@pytest.mark.parametrize("expression", ["@every 10s", "* * * * *", ""])
def test_bad_cron_expressions_are_refused(client: fc2.Client, expression: str) -> None:
    with pytest.raises(fc2.FcError) as caught:
        timer(client, expression)
    assert (caught.value.status_code, caught.value.err_code) == (400, "InvalidArgument")


def test_event_of_the_contract_is_delivered_unchanged(
    client: fc2.Client, notes: Notes, cloud: Cloud, loop_thread: LoopThread
) -> None:
    recorded = json.loads((EVENTS / "oss_put_with_meta.json").read_text())
    trigger(client, bucket="testbucket", prefix="source/")
    message = {"record": recorded["events"][0]}
    loop_thread.run(cloud.bus.publish("oss.object-created", message))
    assert notes.wait_for(1)[0] == recorded


@pytest.fixture
def topics(cloud: Cloud, serve_in_thread: Serve) -> Iterator[Any]:
    """The vendor's client of a running MNS with topic `news`."""
    serve_in_thread(MnsService(cloud))
    account = open_client(cloud)
    account.get_topic("news").create(TopicMeta())
    yield account
    close_client(account)


def on_topic(client: fc2.Client, name: str = "t", topic: str = "news", **config: str) -> None:
    arn = f"acs:mns:cn-beijing:1:/topics/{topic}"
    client.create_trigger("s", "f", name, TOPIC, config, arn, "acs:ram::1:role/r")


def publish(account: Any, body: str, tag: str = "", topic: str = "news") -> None:
    account.get_topic(topic).publish_message(TopicMessage(body, tag))


def test_a_message_of_a_topic_starts_the_function_as_it_was_sent(
    client: fc2.Client, notes: Notes, topics: Any
) -> None:
    on_topic(client)
    publish(topics, '{"n": "合影"}')
    assert notes.wait_for(1) == [{"n": "合影"}]


def test_a_message_is_told_in_json_where_that_is_asked_for(
    client: fc2.Client, notes: Notes, topics: Any, cloud: Cloud
) -> None:
    on_topic(client, notifyContentFormat="JSON")
    publish(topics, '{"n": 1}')
    told = notes.wait_for(1)[0]
    sample = json.loads((EVENTS / "mns_topic_json.json").read_text())
    assert set(told) == set(sample)
    assert (told["Message"], told["TopicName"]) == ('{"n": 1}', "news")
    assert (told["SubscriptionName"], told["TopicOwner"]) == ("t", cloud.identity.account_id)
    assert abs(told["PublishTime"] / 1000 - cloud.clock.now()) < 60


def test_only_messages_of_the_triggers_topic_and_tag_start_it(
    client: fc2.Client, notes: Notes, topics: Any
) -> None:
    topics.get_topic("other").create(TopicMeta())
    on_topic(client, filterTag="urgent")
    publish(topics, '{"n": 1}', tag="idle")
    publish(topics, '{"n": 2}')
    publish(topics, '{"n": 3}', tag="urgent", topic="other")
    publish(topics, '{"n": 4}', tag="urgent")
    assert notes.wait_for(1) == [{"n": 4}]


def test_each_trigger_of_a_topic_gets_the_message_until_it_is_gone(
    client: fc2.Client, notes: Notes, topics: Any
) -> None:
    on_topic(client, "one")
    on_topic(client, "two")
    publish(topics, '{"n": 1}')
    assert notes.wait_for(2) == [{"n": 1}, {"n": 1}]
    client.delete_trigger("s", "f", "one")
    publish(topics, '{"n": 2}')
    assert notes.wait_for(3)[2] == {"n": 2}
    client.delete_trigger("s", "f", "two")
    publish(topics, '{"n": 3}')
    on_topic(client, "three")
    publish(topics, '{"n": 4}')
    assert notes.wait_for(4)[3] == {"n": 4}


@pytest.mark.parametrize(
    ("trusted", "action", "said"),
    [
        ("oss.aliyuncs.com", "fc:InvokeFunction", "does not trust mns.aliyuncs.com"),
        ("mns.aliyuncs.com", "fc:GetFunction", "may not fc:InvokeFunction"),
    ],
)
def test_a_topics_trigger_acts_in_its_role(
    client: fc2.Client,
    notes: Notes,
    topics: Any,
    cloud: Cloud,
    caplog: pytest.LogCaptureFixture,
    *,
    trusted: str,
    action: str,
    said: str,
) -> None:
    caplog.set_level(logging.WARNING, "scripts.localcloud")
    policies = {"p": allowing((action, "*"))}
    cloud.access.put(Role(name="teller", trust=trusting(trusted), policies=policies))
    on_topic(client)
    role = f"acs:ram::{cloud.identity.account_id}:role/teller"
    client.update_trigger("s", "f", "t", {}, role)
    publish(topics, '{"n": 1}')
    eventually(lambda: said in caplog.text)
    policies = {"p": allowing(("fc:InvokeFunction", "*"))}
    cloud.access.put(Role(name="teller", trust=trusting("mns.aliyuncs.com"), policies=policies))
    publish(topics, '{"n": 2}')
    assert notes.wait_for(1) == [{"n": 2}]


def test_what_nobody_took_is_told_again_after_a_restart(cloud: Cloud) -> None:
    database = cloud.database("mns")
    prepare(database)
    topic = Topics(database, lambda: 5.0, Queues(database, lambda: 5.0), "owner")
    topic.create("news", {})
    topic.publish("news", "before anybody listened")
    told: list[str] = []

    async def take(message: dict[str, Any]) -> None:
        told.append(message["notice"]["Message"])
        if len(told) == 1:
            raise OSError("nobody there")
        if len(told) == 3:
            raise asyncio.CancelledError

    Announcements(database, "owner")
    for body in ("one", "two"):
        topic.publish("news", body)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(Announcements(database, "owner").run(take))
    with contextlib.suppress(asyncio.TimeoutError):
        asyncio.run(asyncio.wait_for(Announcements(database, "owner").run(take), 0.5))
    database.close()

    assert told == ["one", "one", "two", "two"]


@pytest.mark.parametrize(
    ("arn", "config"),
    [
        ("acs:mns:cn-beijing:1:/queues/q", {}),
        ("acs:oss:cn-beijing:1:news", {}),
        ("acs:mns:cn-beijing:1:/topics/news", {"notifyContentFormat": "XML"}),
        ("acs:mns:cn-beijing:1:/topics/news", {"notifyStrategy": "NEVER"}),
        ("acs:mns:cn-beijing:1:/topics/news", {"filterTag": 5}),
    ],
)
def test_a_trigger_that_could_never_fire_is_refused(
    client: fc2.Client, arn: str, config: dict[str, Any]
) -> None:
    with pytest.raises(fc2.FcError) as caught:
        client.create_trigger("s", "f", "t", TOPIC, config, arn, "acs:ram::1:role/r")
    assert (caught.value.status_code, caught.value.err_code) == (400, "InvalidArgument")


def test_a_trigger_of_a_type_that_nothing_fires_here_is_kept_and_said(
    client: fc2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "scripts.localcloud")
    config = {"sourceConfig": {"logstore": "l"}, "enable": False}
    client.create_trigger(
        "s", "f", "t", "log", config, "acs:log:r:1:project/p", "acs:ram::1:role/r"
    )
    assert client.get_trigger("s", "f", "t").data["triggerConfig"] == config
    assert [r.getMessage() for r in caplog.records if "nothing here fires" in r.getMessage()]
