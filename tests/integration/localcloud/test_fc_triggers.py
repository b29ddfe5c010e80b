"""What starts functions: objects' events with their accidents, timers on a clock that jumps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fc2
import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.service import FcService
from tests.integration.localcloud.conftest import LoopThread, Serve
from tests.integration.localcloud.fc_client import Notes, client_of, create_function, eventually

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
