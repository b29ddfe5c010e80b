"""The control interface: what it answers, and what it says about a bad request."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scripts.localcloud.control.api import Control
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import listen
from scripts.localcloud.services.dashscope.service import DashScopeService
from tests.integration.localcloud.conftest import LoopThread, Serve, free_port
from tests.integration.localcloud.dashscope_client import Client, read

Ask = Callable[..., tuple[int, Any]]


class Functions:
    def __init__(self) -> None:
        self.killed: list[str] = []

    async def kill(self, function: str) -> int:
        self.killed.append(function)
        return 2


class Topics:
    def messages(self, topic: str) -> list[dict[str, Any]]:
        return [{"message_id": "1", "body": f"about {topic}", "tag": "", "publish_time": 1.5}]


class Buses:
    def events(self, bus: str) -> list[dict[str, Any]]:
        return [{"event": {"id": f"on {bus}"}, "put_time": 1.5}]


@pytest.fixture
def functions() -> Functions:
    return Functions()


@pytest.fixture
def control_url(
    cloud: Cloud, dashscope_service: DashScopeService, functions: Functions, loop_thread: LoopThread
) -> Iterator[str]:
    control = Control(
        cloud, provider=dashscope_service, functions=functions, topics=Topics(), buses=Buses()
    )
    port = free_port()
    runner = loop_thread.run(listen(control.answer, "127.0.0.1", port, name="control"))

    yield f"http://127.0.0.1:{port}/_control/"
    loop_thread.run(runner.cleanup())


@pytest.fixture
def ask(control_url: str) -> Ask:
    def call(method: str, path: str, body: object = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{control_url}{path}", data, method=method)  # noqa: S310 - loopback
        status, content = read(request)
        return status, json.loads(content) if content else None

    return call


def test_measures_are_told_as_openmetrics(control_url: str, cloud: Cloud) -> None:
    cloud.metrics.read(b'{"metric": "submissions", "kind": "counter", "value": 2, "stage": "s"}')
    cloud.calls.record("oss", "PutObject", cloud.clock.now())

    status, body = read(f"{control_url}metrics")

    assert status == 200
    assert body.decode() == (
        "# TYPE maskline_submissions counter\n"
        'maskline_submissions_total{stage="s"} 2\n'
        "# TYPE maskline_localcloud_calls counter\n"
        'maskline_localcloud_calls_total{operation="PutObject",service="oss"} 1\n'
        "# EOF\n"
    )


def test_the_ledger_of_a_fresh_cloud(ask: Ask) -> None:
    assert ask("GET", "ledger") == (
        200,
        {
            "tasks": [],
            "refused": {},
            "totals": {"accepted": 0, "billed": 0, "failed": 0},
            "calls": {},
            "peaks": {},
            "volumes": {},
        },
    )


def test_the_ledger_shows_tasks_refusals_and_calls(ask: Ask, dashscope: Client) -> None:
    answers = [dashscope.submit("http://127.0.0.1:9/a") for _ in range(3)]
    ledger = ask("GET", "ledger")[1]

    assert ledger["calls"] == {"dashscope": {"submit": 3}}
    assert ledger["peaks"] == {"dashscope": {"submit": 3}}
    assert ledger["refused"] == {"Throttling.RateQuota": 1}
    assert ledger["totals"]["accepted"] == len(ledger["tasks"]) == 2
    task = ledger["tasks"][0]
    assert set(task) == {
        "task_id",
        "model",
        "image_url",
        "submit_request_id",
        "submit_time",
        "start_time",
        "end_time",
        "state",
        "billed",
    }
    assert task["submit_request_id"] == answers[0][1]["request_id"]
    assert ledger["tasks"][1]["end_time"] is None


def test_faults_are_added_and_cleared(ask: Ask, cloud: Cloud) -> None:
    spec = {"service": "dashscope", "operation": "submit", "fault": "drop-after", "count": 3}
    added = ask("POST", "faults", spec)
    drawn = cloud.faults.draw("dashscope", "submit")
    cleared = ask("DELETE", "faults")

    assert added == cleared == (204, None)
    assert [fault.kind for fault in drawn] == ["drop-after"]
    assert cloud.faults.draw("dashscope", "submit") == []


def test_faults_do_not_touch_control(ask: Ask, cloud: Cloud) -> None:
    for service in ("oss", "fc", "tablestore", "mns", "dashscope"):
        cloud.faults.add({"service": service, "operation": "*", "fault": "drop-before"})

    assert ask("GET", "ledger")[0] == 200


def test_settings_that_are_not_named_stay(ask: Ask, serve_in_thread: Serve) -> None:
    first = ask("POST", "dashscope", {"concurrency": 3, "service_time": [1, 2]})
    second = ask("POST", "dashscope", {"quota": 5})[1]

    assert first[0] == 200
    assert (second["concurrency"], second["service_time"], second["quota"]) == (3, [1, 2], 5)
    assert (second["over_limit"], second["submit_qps"]) == ("queue", 2)


def test_the_clock_advances(ask: Ask, cloud: Cloud) -> None:
    before = cloud.clock.now()
    status, body = ask("POST", "clock", {"advance": 3600})

    assert status == 200
    assert body["offset"] == 3600
    assert body["now"] >= before + 3600


def test_kill_names_the_function_and_answers_how_many(ask: Ask, functions: Functions) -> None:
    assert ask("POST", "kill", {"function": "poller"}) == (200, {"killed": 2})
    assert functions.killed == ["poller"]


def test_events_of_a_bus(ask: Ask) -> None:
    status, body = ask("GET", "events?bus=maskline")

    assert status == 200
    assert [each["event"]["id"] for each in body["events"]] == ["on maskline"]


def test_messages_of_a_topic(ask: Ask) -> None:
    status, body = ask("GET", "messages?topic=maskline-events")

    assert status == 200
    assert [message["body"] for message in body["messages"]] == ["about maskline-events"]


@pytest.mark.parametrize(
    ("call", "body", "status", "complaint"),
    [
        ("POST faults", {"service": "oss"}, 400, "'operation'"),
        ("POST faults", [], 400, "JSON object"),
        ("POST dashscope", {"concurrency": "many"}, 400, "'concurrency'"),
        ("POST clock", {"advance": -1}, 400, "'advance'"),
        ("POST clock", {"advance": "1"}, 400, "'advance'"),
        ("POST clock", {"advance": float("nan")}, 400, "'advance'"),
        ("POST clock", {"advence": 1}, 400, "'advence'"),
        ("POST clock", None, 400, "JSON object"),
        ("POST kill", {"function": "sumbit"}, 400, "submit, poller, finalizer"),
        ("GET messages", None, 400, "'topic'"),
        ("GET events", None, 400, "'bus'"),
        ("GET faults", None, 405, "DELETE or POST"),
        ("GET nothing", None, 404, "GET /_control/ledger"),
    ],
)
def test_a_bad_request_is_told_what_and_how(
    ask: Ask, call: str, body: object, status: int, complaint: str
) -> None:
    answer = ask(*call.split(), body)

    assert answer[0] == status
    assert complaint in answer[1]["error"]
