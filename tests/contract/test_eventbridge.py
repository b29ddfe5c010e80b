"""The EventBridge sink on the local cloud's service, and the service on its own limits."""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scripts.localcloud.core.access import Role
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.eventbridge.models import MOST_EVENTS
from scripts.localcloud.services.eventbridge.service import EventBridgeService
from shared.adapters.eventbridge.sink import MEDIA_TYPE, EventBridgeSink, signature
from shared.adapters.memory.clock import CountingIds
from shared.adapters.system.clock import SystemClock
from shared.ports.errors import ForbiddenError, RejectedError, ThrottledError, UnavailableError
from shared.transport.http import HttpClient
from tests.contract.messages_suite import EventSinkSuite, event
from tests.integration.localcloud.conftest import Serve

BUS = "maskline"


@pytest.fixture
def bridge(cloud: Cloud, serve_in_thread: Serve) -> EventBridgeService:
    service = EventBridgeService(cloud)
    serve_in_thread(service)
    return service


@pytest.fixture
def http() -> Iterator[HttpClient]:
    with contextlib.closing(HttpClient()) as client:
        yield client


def sink_of(cloud: Cloud, http: HttpClient, **changes: Any) -> EventBridgeSink:
    given: dict[str, Any] = {
        "access_key_id": cloud.identity.access_key_id,
        "access_key_secret": cloud.identity.access_key_secret,
        "clock": SystemClock(),
        "timeout": 2.0,
    }
    endpoint = cloud.endpoints["eventbridge"]
    return EventBridgeSink(endpoint, BUS, http=http, ids=CountingIds(), **{**given, **changes})


def test_the_signature_is_the_vendors_clients() -> None:
    """Made with alibabacloud-eventbridge-util 0.0.3 over the same headers."""
    headers = {
        "date": "Thu, 26 Nov 2026 06:00:00 GMT",
        "content-type": MEDIA_TYPE,
        "host": "1.eventbridge.cn-beijing.aliyuncs.com",
        "x-acs-signature-nonce": "n-1",
        "x-acs-signature-method": "HMAC-SHA1",
        "x-acs-signature-version": "1.0",
        "x-acs-accesskey-id": "STS.x",
        "x-acs-security-token": "token",
        "x-eventbridge-version": "2015-06-06",
    }

    assert signature("secret", headers) == "yxN+akHNnNX3hRJVZYLvNZrLdPM="


class TestEventBridgeSink(EventSinkSuite):
    @pytest.fixture
    def sink(self, bridge: EventBridgeService, cloud: Cloud, http: HttpClient) -> EventBridgeSink:
        assert bridge.name == "eventbridge"
        return sink_of(cloud, http)

    @pytest.fixture
    def arrived(self, bridge: EventBridgeService) -> Callable[[], list[str]]:
        return lambda: [each["event"]["id"] for each in bridge.events(BUS)]

    def test_the_event_is_the_one_that_every_sink_gets_and_names_its_bus(
        self, sink: EventBridgeSink, bridge: EventBridgeService
    ) -> None:
        said = sink.publish(event())

        (put,) = bridge.events(BUS)
        assert put["event"]["aliyuneventbusname"] == BUS
        assert put["event"]["data"]["people"] == 2
        assert put["event"]["subject"] == "uploads/人 a.jpg"
        assert event().id in said

    def test_temporary_credentials(
        self, bridge: EventBridgeService, cloud: Cloud, http: HttpClient
    ) -> None:
        key_id, secret, token, _ = cloud.credentials.issue(3600.0, cloud.clock.now())
        own = {"access_key_id": key_id, "access_key_secret": secret}

        sink_of(cloud, http, **own, security_token=token).publish(event())
        with pytest.raises(ForbiddenError):
            sink_of(cloud, http, **own, security_token="another").publish(event())

        assert len(bridge.events(BUS)) == 1

    @pytest.mark.parametrize("name", ["access_key_id", "access_key_secret"])
    def test_a_wrong_key_is_refused_and_not_told(
        self, bridge: EventBridgeService, cloud: Cloud, http: HttpClient, name: str
    ) -> None:
        with pytest.raises(ForbiddenError) as caught:
            sink_of(cloud, http, **{name: "wr0ng"}).publish(event())

        assert "wr0ng" not in str(caught.value)
        assert bridge.events(BUS) == []

    @pytest.mark.parametrize(
        "changes",
        [{"type": "x" * 65}, {"source": "s" * 129}, {"data": {"long": "人" * 22_000}}],
    )
    def test_what_no_bus_takes_is_refused(
        self, sink: EventBridgeSink, bridge: EventBridgeService, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(RejectedError):
            sink.publish(event(**changes))

        assert bridge.events(BUS) == []

    @pytest.mark.parametrize(
        ("fault", "word"),
        [
            ("drop-before", UnavailableError),
            ("drop-after", UnavailableError),
            ("delay:5", UnavailableError),
            ("error:500:InternalError", UnavailableError),
            ("error:403:AccessDenied", ForbiddenError),
            ("error:429:Throttling.User", ThrottledError),
        ],
    )
    def test_trouble_has_a_word_and_the_sink_recovers(
        self, sink: EventBridgeSink, cloud: Cloud, fault: str, word: type[Exception]
    ) -> None:
        order = {"service": "eventbridge", "operation": "PutEvents", "fault": fault, "count": 1}
        cloud.faults.add(order)
        with pytest.raises(word):
            sink.publish(event())

        sink.publish(event())


def put(cloud: Cloud, events: Any, media_type: str = MEDIA_TYPE) -> Any:
    """The answer to a request with any body, rightly signed."""
    sink = sink_of(cloud, HttpClient())
    headers = sink._headers() | {"content-type": media_type}
    headers["authorization"] = (
        f"acs:{cloud.identity.access_key_id}:{signature(cloud.identity.access_key_secret, headers)}"
    )
    request = urllib.request.Request(  # noqa: S310 - our own loopback address
        sink._url, data=json.dumps(events).encode(), headers=headers, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return json.loads(error.read())


def document(**changes: Any) -> dict[str, Any]:
    plain = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "aliyuneventbusname": BUS}
    return {**plain, **changes}


def test_good_events_are_taken_though_others_are_not(
    bridge: EventBridgeService, cloud: Cloud
) -> None:
    answer = put(cloud, [document(), document(id=""), document(id="3")])

    assert answer["FailedEntryCount"] == 1
    assert [entry.get("EventId") for entry in answer["EntryList"]] == ["1", None, "3"]
    assert [each["event"]["id"] for each in bridge.events(BUS)] == ["1", "3"]


@pytest.mark.parametrize(
    ("events", "media_type"),
    [
        ([], MEDIA_TYPE),
        ([document()] * (MOST_EVENTS + 1), MEDIA_TYPE),
        (document(), MEDIA_TYPE),
        ([document(data="x" * 40_000)] * 7, MEDIA_TYPE),
        ([document()], "application/json"),
    ],
)
def test_requests_have_limits(
    bridge: EventBridgeService, cloud: Cloud, events: Any, media_type: str
) -> None:
    assert put(cloud, events, media_type)["code"] == "InvalidArgument"
    assert bridge.events(BUS) == []


@pytest.mark.parametrize(("allowed", "bus"), [(True, BUS), (False, "another")])
def test_a_role_may_do_what_its_policy_says(
    bridge: EventBridgeService, cloud: Cloud, http: HttpClient, allowed: bool, bus: str
) -> None:
    place = f"acs:eventbridge:*:*:eventbus/{bus}"
    statement = {"Effect": "Allow", "Action": "eventbridge:PutEvents", "Resource": place}
    policies = {"p": {"Version": "1", "Statement": [statement]}}
    cloud.access.put(Role(name="functions", trust={}, policies=policies))
    key_id, secret, token, _ = cloud.credentials.issue(3600.0, cloud.clock.now(), "functions")
    sink = sink_of(
        cloud, http, access_key_id=key_id, access_key_secret=secret, security_token=token
    )

    with contextlib.nullcontext() if allowed else pytest.raises(ForbiddenError):
        sink.publish(event())

    assert len(bridge.events(BUS)) == allowed
