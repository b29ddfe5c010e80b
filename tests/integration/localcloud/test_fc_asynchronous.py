"""Asynchronous invocations: kept, retried, reported, taken once for one id, surviving a kill."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fc2
import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.service import FcService
from tests.integration.localcloud.conftest import LoopThread, Serve
from tests.integration.localcloud.fc_client import (
    CloudProcess,
    Notes,
    client_of,
    create_function,
    enqueue,
    eventually,
    invoke,
)


@pytest.fixture
def reports(cloud: Cloud) -> list[dict[str, Any]]:
    """What was sent to destinations."""
    taken: list[dict[str, Any]] = []

    async def take(message: dict[str, Any]) -> None:
        taken.append(message)

    cloud.bus.subscribe("fc.destination", take)
    return taken


@pytest.fixture
def service(cloud: Cloud, serve_in_thread: Serve) -> FcService:
    made = FcService(cloud, most_instances=4, per_function=2)
    serve_in_thread(made)
    return made


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "notes")


@pytest.fixture
def client(cloud: Cloud, service: FcService, tmp_path: Path, notes: Notes) -> fc2.Client:
    """A client, and a function `f` of service `s` that notes its runs down."""
    made = client_of(cloud)
    made.create_service("s")
    create_function(made, tmp_path, environmentVariables={"NOTES": str(notes.path)})
    return made


def configure(client: fc2.Client, **config: Any) -> None:
    client.put_function_async_invoke_config("s", "LATEST", "f", config)


def test_invocation_is_accepted_and_runs(client: fc2.Client, notes: Notes) -> None:
    headers = enqueue(client, {"n": 1})
    notes.wait_for(1)
    assert notes.runs() == [
        {"event": '{"n": 1}', "request_id": headers["X-Fc-Request-Id"]},
    ]


def test_hundred_invocations_run_once_each_on_two_instances(
    client: fc2.Client, notes: Notes, service: FcService
) -> None:
    for number in range(100):
        enqueue(client, {"n": number})
    events = notes.wait_for(100)
    eventually(lambda: service.waiting() == 0)
    assert sorted(event["n"] for event in events) == list(range(100))
    assert len(notes.runs()) == 100
    assert len(service.processes("f")) <= 2


def test_function_error_is_retried_then_reported(
    client: fc2.Client, notes: Notes, cloud: Cloud, reports: list[dict[str, Any]]
) -> None:
    arn = "acs:mns:cn-beijing:1:/queues/dlq/messages"
    configure(
        client,
        maxAsyncRetryAttempts=2,
        maxAsyncEventAgeInSeconds=3600,
        destinationConfig={"onFailure": {"destination": arn}},
    )
    headers = enqueue(client, {"do": "fail"})
    notes.wait_for(1)
    for count in (2, 3):
        cloud.clock.advance(60)
        notes.wait_for(count)
    eventually(lambda: reports)
    message = reports[0]["message"]
    assert reports[0]["arn"] == arn
    assert message["requestContext"]["requestId"] == headers["X-Fc-Request-Id"]
    assert message["requestContext"]["condition"] == "RetriesExhausted"
    assert message["requestContext"]["approximateInvokeCount"] == 3
    assert message["requestPayload"] == '{"do": "fail"}'
    assert message["responseContext"]["functionError"] == "UnhandledInvocationError"
    assert json.loads(message["responsePayload"])["errorMessage"] == "something is wrong"
    assert len(notes.runs()) == 3


def test_success_is_reported_where_asked(client: fc2.Client, reports: list[dict[str, Any]]) -> None:
    arn = "acs:mns:cn-beijing:1:/topics/t/messages"
    configure(client, destinationConfig={"onSuccess": {"destination": arn}})
    enqueue(client, {"n": 1})
    eventually(lambda: reports)
    assert json.loads(reports[0]["message"]["responsePayload"])["order"] == {"n": 1}


def test_destination_may_be_a_function(client: fc2.Client, tmp_path: Path, cloud: Cloud) -> None:
    theirs = Notes(tmp_path / "theirs")
    create_function(client, tmp_path, "g", environmentVariables={"NOTES": str(theirs.path)})
    arn = f"acs:fc:cn-beijing:{cloud.identity.account_id}:services/s.LATEST/functions/g"
    configure(client, destinationConfig={"onSuccess": {"destination": arn}})
    enqueue(client, {"n": 7})
    assert theirs.wait_for(1)[0]["requestPayload"] == '{"n": 7}'


def test_no_retries_where_none_are_wanted(
    client: fc2.Client, notes: Notes, cloud: Cloud, service: FcService
) -> None:
    configure(client, maxAsyncRetryAttempts=0, maxAsyncEventAgeInSeconds=60)
    enqueue(client, {"do": "fail"})
    notes.wait_for(1)
    eventually(lambda: service.waiting() == 0)
    cloud.clock.advance(600)
    enqueue(client, {"n": "after"})
    assert notes.wait_for(2)[1] == {"n": "after"}


def test_event_older_than_its_age_is_dropped_and_reported(
    client: fc2.Client, notes: Notes, cloud: Cloud, reports: list[dict[str, Any]]
) -> None:
    arn = "acs:mns:cn-beijing:1:/queues/dlq/messages"
    configure(
        client,
        maxAsyncEventAgeInSeconds=60,
        maxAsyncRetryAttempts=0,
        destinationConfig={"onFailure": {"destination": arn}},
    )
    enqueue(client, {"n": 1}, x_fc_async_delay="100")
    cloud.clock.advance(200)
    eventually(lambda: reports)
    assert reports[0]["message"]["requestContext"]["condition"] == "EventAgeExceeded"
    assert notes.runs() == []


def test_delay_is_waited_out(client: fc2.Client, notes: Notes, cloud: Cloud) -> None:
    enqueue(client, {"n": "late"}, x_fc_async_delay="3000")
    enqueue(client, {"n": "soon"})
    assert notes.wait_for(1) == [{"n": "soon"}]
    cloud.clock.advance(3000)
    assert notes.wait_for(2)[1] == {"n": "late"}


def test_stateful_id_is_taken_once_for_ever(
    client: fc2.Client, notes: Notes, service: FcService
) -> None:
    configure(client, statefulInvocation=True, maxAsyncRetryAttempts=0)
    header = {"X_Fc_Stateful_Async_Invocation_Id": "job-1"}
    enqueue(client, {"n": 1}, **header)
    eventually(lambda: service.waiting() == 0)
    with pytest.raises(fc2.FcError) as caught:
        enqueue(client, {"n": 2}, **header)
    assert caught.value.status_code == 409
    assert caught.value.err_code == "StatefulAsyncInvocationAlreadyExists"
    enqueue(client, {"n": 3}, X_Fc_Stateful_Async_Invocation_Id="job-2")
    assert notes.wait_for(2) == [{"n": 1}, {"n": 3}]


@pytest.mark.parametrize("bad", ["1job", "job 1", "j" * 129, "job/1"])
def test_stateful_id_of_another_form_is_refused(client: fc2.Client, bad: str) -> None:
    configure(client, statefulInvocation=True)
    with pytest.raises(fc2.FcError) as caught:
        enqueue(client, {}, X_Fc_Stateful_Async_Invocation_Id=bad)
    assert (caught.value.status_code, caught.value.err_code) == (400, "InvalidArgument")


def test_kill_counts_as_a_function_error(
    client: fc2.Client, notes: Notes, service: FcService, cloud: Cloud, loop_thread: LoopThread
) -> None:
    configure(client, maxAsyncRetryAttempts=1, maxAsyncEventAgeInSeconds=3600)
    enqueue(client, {"do": "nap", "seconds": 60})
    notes.wait_for(1)
    assert loop_thread.run(service.kill("f")) == 1
    cloud.clock.advance(10)
    notes.wait_for(2)
    assert loop_thread.run(service.kill("f")) == 1
    eventually(lambda: service.waiting() == 0)
    assert len({run["request_id"] for run in notes.runs()}) == 1


def test_what_a_kill_of_the_cloud_cuts_off_runs_again(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes")
    with CloudProcess(tmp_path / "data") as running:
        client = client_of(running.cloud)
        client.create_service("s")
        create_function(client, tmp_path, environmentVariables={"NOTES": str(notes.path)})
        configure(client, statefulInvocation=True)
        enqueue(client, {"do": "nap", "seconds": 2}, X_Fc_Stateful_Async_Invocation_Id="a")
        enqueue(client, {"n": 2}, x_fc_async_delay="2")
        notes.wait_for(1)
        running.kill()
        eventually(lambda: not running.children())
    with CloudProcess(tmp_path / "data") as running:
        notes.wait_for(3)
        with pytest.raises(fc2.FcError, match="already exists"):
            enqueue(client_of(running.cloud), {}, X_Fc_Stateful_Async_Invocation_Id="a")
    napped = [run["request_id"] for run in notes.runs() if "nap" in run["event"]]
    assert len(napped) == 2
    assert len(set(napped)) == 1


def test_synchronous_invocation_waits_for_an_instance(client: fc2.Client, notes: Notes) -> None:
    for _ in range(2):
        enqueue(client, {"do": "nap", "seconds": 1})
    notes.wait_for(2)
    assert invoke(client, n=3)["order"] == {"n": 3}
