from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from shared.wire.errors import WireError
from shared.wire.oss_event import UploadRecord, parse

EVENTS = Path(__file__).parents[2] / "events"


def recorded(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_bytes())
    return document


def read(document: Any) -> tuple[UploadRecord, ...]:
    found = parse(json.dumps(document).encode())
    assert found.rejects == ()
    return found.records


@pytest.mark.parametrize("name", ["oss_put", "oss_put_with_meta", "oss_multipart"])
def test_the_documented_events(name: str) -> None:
    document = recorded(name)
    told = document["events"][0]

    (record,) = read(document)

    assert record.event_name == told["eventName"]
    assert record.source.bucket == "testbucket"
    assert record.source.key == told["oss"]["object"]["key"]
    assert record.source.etag == told["oss"]["object"]["eTag"]
    assert record.source.size == 122539
    assert record.source.request_id == "58F9FF2D3DF792092E12044C"


def test_the_time_is_epoch_seconds() -> None:
    (record,) = read(recorded("oss_put"))

    assert record.source.uploaded_at == 1492778797.0


def test_the_nested_form_of_notifications() -> None:
    (record,) = read(recorded("oss_notification_smq"))

    assert record.source.request_id == "5FF16B65F05BC932307A3C3C"


@pytest.mark.parametrize("key", ["测试/a b+c%41.png", "%2Fa", "a/😀.jpg", "x" * 1023])
def test_the_key_is_taken_as_it_is(key: str) -> None:
    document = recorded("oss_put")
    document["events"][0]["oss"]["object"]["key"] = key

    assert read(document)[0].source.key == key


def test_the_prefixed_event_name_is_the_same_name() -> None:
    document = recorded("oss_put")
    document["events"][0]["eventName"] = "oss:ObjectCreated:CopyObject"

    assert read(document)[0].event_name == "ObjectCreated:CopyObject"


def test_every_record_counts_and_a_bad_one_loses_nobody() -> None:
    good = recorded("oss_put")["events"][0]
    keyless, ageless = copy.deepcopy(good), copy.deepcopy(good)
    del keyless["oss"]["object"]["key"]
    ageless["eventTime"] = "yesterday"
    document = {"events": [good, keyless, good, 7, ageless, good]}

    found = parse(json.dumps(document).encode())

    assert len(found.records) == 3
    assert [reject.index for reject in found.rejects] == [1, 3, 4]
    assert "oss.object.key: field required" in found.rejects[0].reason
    assert "eventTime" in found.rejects[2].reason
    assert "yesterday" not in found.rejects[2].reason


def cloud_event(record: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "acs.oss",
        "type": "oss:ObjectCreated:PutObject",
        "data": record,
    }


def test_eventbridge_sends_a_record_as_data_alone_or_in_an_array() -> None:
    record = recorded("oss_put")["events"][0]

    assert len(read(cloud_event(record))) == 1
    assert len(read([cloud_event(record), cloud_event(record)])) == 2


def test_eventbridges_other_shape_is_rejected_loudly() -> None:
    other = cloud_event({"object": {"key": "a"}, "bucket": {"name": "b"}})

    found = parse(json.dumps(other).encode())

    assert found.records == ()
    assert "oss: field required" in found.rejects[0].reason


def test_what_function_compute_gave_up_on() -> None:
    event = recorded("oss_put")
    text = json.dumps(event)
    encoded = base64.b64encode(text.encode()).decode()

    for payload in (event, text, encoded):
        message = {"requestContext": {"requestId": "r"}, "requestPayload": payload}
        assert len(read(message)) == 1


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (b"", "event"),
        (b"{", "event"),
        (b"\xff\xfe", "event"),
        (b'"text"', "event"),
        (b"{}", "events"),
        (b'{"events": {}}', "events"),
        (b'{"requestPayload": "!"}', "requestPayload"),
        (b'{"requestPayload": 7}', "event"),
        (b"[[[[[]]]]]", "event"),
    ],
)
def test_what_is_no_event_names_the_field(event: bytes, field: str) -> None:
    with pytest.raises(WireError) as caught:
        parse(event)

    assert caught.value.field == field
    assert str(caught.value).startswith(field)
