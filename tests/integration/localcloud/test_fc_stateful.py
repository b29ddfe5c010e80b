"""Stateful asynchronous invocations over the vendor's client: looked at, listed, stopped."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import fc2
import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.invocations import InvocationQueue
from scripts.localcloud.services.fc.service import FcService
from tests.integration.localcloud.conftest import Serve
from tests.integration.localcloud.fc_client import (
    CloudProcess,
    Notes,
    client_of,
    create_function,
    enqueue,
    eventually,
    invoke,
    process_exists,
)

LAST = "stateful-async-invocations"
OVER = ("Succeeded", "Failed", "Stopped", "Expired", "Invalid")


class Kept:
    """The operations for which the vendor's client has no method, signed and sent by it."""

    def __init__(self, client: fc2.Client, place: str = "s") -> None:
        self._client = client
        self._path = f"/2016-08-15/services/{place}/functions/f/{LAST}"

    def get(self, name: str) -> dict[str, Any]:
        return dict(self._ask("GET", f"{self._path}/{name}").json())

    def page(self, **query: Any) -> tuple[list[str], str]:
        told = self.listed(**query)
        return [each["invocationId"] for each in told["invocations"]], told["nextToken"]

    def listed(self, **query: Any) -> dict[str, Any]:
        return dict(self._ask("GET", self._path, query).json())

    def stop(self, name: str) -> bytes:
        return bytes(self._ask("PUT", f"{self._path}/{name}").content)

    def status(self, name: str) -> str:
        return str(self.get(name)["status"])

    def until(self, name: str, *wanted: str) -> dict[str, Any]:
        """What is told of one as soon as it has one of these states."""

        def look() -> dict[str, Any] | None:
            told = self.get(name)
            return told if told["status"] in wanted else None

        return dict(eventually(look))

    def _ask(self, method: str, path: str, query: dict[str, Any] | None = None) -> Any:
        headers = self._client._build_common_headers(method, path)
        return self._client._do_request(method, path, headers, params=query)


def refused(call: Callable[..., object], *arguments: str, **query: Any) -> tuple[int, str]:
    with pytest.raises(fc2.FcError) as caught:
        call(*arguments, **query)
    return caught.value.status_code, caught.value.err_code


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "notes")


@pytest.fixture
def service(cloud: Cloud, serve_in_thread: Serve) -> FcService:
    made = FcService(cloud, most_instances=4, per_function=1)
    serve_in_thread(made)
    return made


@pytest.fixture
def client(cloud: Cloud, service: FcService, tmp_path: Path, notes: Notes) -> fc2.Client:
    """A client, and a stateful function `f` of service `s`, one instance at a time."""
    made = client_of(cloud)
    made.create_service("s")
    create_function(made, tmp_path, environmentVariables={"NOTES": str(notes.path)})
    configure(made)
    return made


@pytest.fixture
def kept(client: fc2.Client) -> Kept:
    return Kept(client)


def configure(client: fc2.Client, qualifier: str = "LATEST", **changes: Any) -> None:
    config = {"statefulInvocation": True, "maxAsyncRetryAttempts": 0, **changes}
    client.put_function_async_invoke_config("s", qualifier, "f", config)


def add(client: fc2.Client, *names: str, **order: Any) -> None:
    for name in names:
        enqueue(client, order, X_Fc_Stateful_Async_Invocation_Id=name)


def add_late(client: fc2.Client, names: Iterable[str]) -> None:
    """They wait for an hour."""
    for name in names:
        headers = {"X_Fc_Stateful_Async_Invocation_Id": name, "x_fc_async_delay": "3600"}
        enqueue(client, {"n": name}, **headers)


def test_what_is_known_of_one_that_succeeded(client: fc2.Client, kept: Kept, cloud: Cloud) -> None:
    before = int(cloud.clock.now() * 1000)
    add(client, "a", n=1)
    told = kept.until("a", "Succeeded")

    assert (told["serviceName"], told["functionName"], told["qualifier"]) == ("s", "f", "LATEST")
    assert told["invocationPayload"] == '{"n": 1}'
    assert '"order": {"n": 1}' in told["returnPayload"]
    assert before <= told["startedTime"] <= told["endTime"]
    assert told["durationMs"] == told["endTime"] - told["startedTime"]
    assert "destinationStatus" not in told


def test_what_is_known_of_one_that_failed_and_was_told_of(
    client: fc2.Client, kept: Kept, cloud: Cloud
) -> None:
    arn = f"acs:fc:cn-beijing:{cloud.identity.account_id}:services/s.LATEST/functions/f"
    configure(client, destinationConfig={"onFailure": {"destination": arn}})
    add(client, "a", do="fail")
    told = kept.until("a", "Failed")

    assert told["invocationErrorMessage"] == "something is wrong"
    assert told["destinationStatus"] == "Succeeded"
    assert told["returnPayload"] == ""


def test_one_that_is_to_be_tried_again_says_so(
    client: fc2.Client, kept: Kept, cloud: Cloud
) -> None:
    configure(client, maxAsyncRetryAttempts=1)
    add(client, "a", do="fail")
    told = kept.until("a", "Retrying")

    assert told["alreadyRetriedTimes"] == 1
    assert kept.page(status="Retrying") == (["a"], "")
    assert kept.page(status="Enqueued") == ([], "")
    cloud.clock.advance(60)
    kept.until("a", "Failed")


def test_one_whose_function_is_gone_is_invalid(client: fc2.Client, kept: Kept) -> None:
    add(client, "nap", do="nap", seconds=1)
    kept.until("nap", "Running")
    add(client, "a", n=1)
    client.delete_function("s", "f")

    assert kept.until("a", "Invalid")["alreadyRetriedTimes"] == 0


def test_an_id_is_made_where_none_is_given(client: fc2.Client, kept: Kept) -> None:
    request_id = enqueue(client, {"n": 1})["X-Fc-Request-Id"]
    told = kept.listed()["invocations"]

    assert [each["requestId"] for each in told] == [request_id]
    assert kept.until(told[0]["invocationId"], "Succeeded")


def test_a_single_invocation_can_be_made_stateful(client: fc2.Client, kept: Kept) -> None:
    configure(client, statefulInvocation=False)
    add(client, "plain", n=1)
    enabled = {"X_Fc_Stateful_Async_Invocation_Enable": "true"}
    enqueue(client, {"n": 2}, X_Fc_Stateful_Async_Invocation_Id="kept", **enabled)

    assert kept.until("kept", "Succeeded")
    assert refused(kept.get, "plain") == (404, "StatefulAsyncInvocationNotFound")


def test_pages_in_both_orders(client: fc2.Client, kept: Kept) -> None:
    names = [f"job-{number}" for number in range(5)]
    add_late(client, names)

    assert kept.page(limit=2) == (names[:2], "job-2")
    assert kept.page(limit=2, nextToken="job-2") == (names[2:4], "job-4")
    assert kept.page(limit=2, nextToken="job-4") == (names[4:], "")
    assert kept.page(limit=4, sortOrderByTime="desc") == (names[:0:-1], "job-0")
    assert kept.page(sortOrderByTime="desc", nextToken="job-1") == (["job-1", "job-0"], "")
    assert kept.page(limit=5) == (names, "")


def test_listing_by_prefix_state_and_time(client: fc2.Client, kept: Kept, cloud: Cloud) -> None:
    add_late(client, ["a-1", "b-1"])
    first = kept.get("b-1")["startedTime"]
    cloud.clock.advance(10)
    add_late(client, ["a-2"])
    second = kept.get("a-2")["startedTime"]
    kept.stop("a-1")

    assert kept.page(invocationIdPrefix="a-")[0] == ["a-1", "a-2"]
    assert kept.page(status="Stopped")[0] == ["a-1"]
    assert kept.page(startedTimeBegin=second)[0] == ["a-2"]
    assert kept.page(startedTimeEnd=first + 1)[0] == ["a-1", "b-1"]


def test_payloads_are_listed_where_asked_for(client: fc2.Client, kept: Kept) -> None:
    add_late(client, ["a"])

    assert "invocationPayload" not in kept.listed()["invocations"][0]
    told = kept.listed(includePayload="true")["invocations"][0]
    assert told["invocationPayload"] == '{"n": "a"}'


def test_each_qualifier_has_its_own(client: fc2.Client, kept: Kept) -> None:
    client.publish_version("s")
    client.create_alias("s", "prod", "1")
    configure(client, "prod")
    headers = {"x-fc-invocation-type": "Async", "X-Fc-Stateful-Async-Invocation-Id": "p"}
    client.invoke_function("s", "f", payload="{}", headers=headers, qualifier="prod")
    add_late(client, ["late"])
    prod = Kept(client, "s.prod")

    assert prod.page()[0] == kept.page(qualifier="prod")[0] == ["p"]
    assert kept.page()[0] == ["p", "late"]
    assert refused(prod.stop, "late") == (404, "StatefulAsyncInvocationNotFound")
    assert prod.until("p", "Succeeded")["qualifier"] == "prod"


@pytest.mark.parametrize(
    "query",
    [
        *({"limit": 0}, {"limit": 101}, {"limit": "many"}, {"sortOrderByTime": "up"}),
        *({"startedTimeBegin": -1}, {"startedTimeEnd": "9" * 30}, {"nextToken": "nobody"}),
    ],
)
def test_a_listing_that_cannot_be_is_refused(kept: Kept, query: dict[str, Any]) -> None:
    assert refused(kept.listed, **query) == (400, "InvalidArgument")


def test_listing_of_a_function_that_is_not_there(client: fc2.Client, kept: Kept) -> None:
    client.delete_function("s", "f")

    assert refused(kept.listed) == (404, "FunctionNotFound")


def test_a_waiting_one_that_is_stopped_never_runs(
    client: fc2.Client, kept: Kept, notes: Notes, cloud: Cloud
) -> None:
    add_late(client, ["a", "b"])
    assert kept.stop("a") == b"{}"
    cloud.clock.advance(3600)
    kept.until("b", "Succeeded")

    assert kept.status("a") == "Stopped"
    assert notes.events() == [{"n": "b"}]


def test_a_running_one_that_is_stopped_is_killed_and_leaves_its_place(
    client: fc2.Client, kept: Kept, notes: Notes, service: FcService
) -> None:
    configure(client, maxAsyncRetryAttempts=3)
    add(client, "a", do="nap", seconds=600)
    notes.wait_for(1)
    (process,) = service.processes("f")
    kept.stop("a")
    eventually(lambda: not process_exists(process))

    assert invoke(client, n=2)["order"] == {"n": 2}
    assert (kept.status("a"), kept.get("a")["alreadyRetriedTimes"]) == ("Stopped", 0)
    assert len(notes.runs()) == 2


def test_one_that_waits_for_an_instance_is_stopped(
    client: fc2.Client, kept: Kept, notes: Notes
) -> None:
    add(client, "a", do="nap", seconds=1)
    kept.until("a", "Running")
    add(client, "b", n="b")
    add(client, "c", n="c")
    kept.stop("b")
    kept.until("c", "Succeeded")

    assert notes.events() == [{"do": "nap", "seconds": 1}, {"n": "c"}]
    assert kept.status("a") == "Succeeded"


def test_nobody_is_told_of_one_that_was_stopped(
    client: fc2.Client, kept: Kept, notes: Notes, cloud: Cloud
) -> None:
    arn = f"acs:fc:cn-beijing:{cloud.identity.account_id}:services/s.LATEST/functions/f"
    told = {"destination": arn}
    configure(client, destinationConfig={"onFailure": told, "onSuccess": {}})
    add(client, "a", do="nap", seconds=600)
    notes.wait_for(1)
    kept.stop("a")
    add(client, "b", n="b")
    kept.until("b", "Succeeded")

    assert "destinationStatus" not in kept.get("a")
    assert len(notes.runs()) == 2


@pytest.mark.parametrize("order", [{"n": 1}, {"do": "fail"}])
def test_one_that_is_over_cannot_be_stopped(
    client: fc2.Client, kept: Kept, order: dict[str, Any]
) -> None:
    add(client, "a", **order)
    state = kept.until("a", *OVER)["status"]

    assert refused(kept.stop, "a") == (412, "StatefulAsyncInvocationAlreadyCompleted")
    assert kept.status("a") == state


def test_one_cannot_be_stopped_twice_and_an_unknown_one_not_at_all(
    client: fc2.Client, kept: Kept
) -> None:
    add_late(client, ["a"])
    kept.stop("a")

    assert refused(kept.stop, "a") == (412, "StatefulAsyncInvocationAlreadyCompleted")
    assert refused(kept.stop, "b") == (404, "StatefulAsyncInvocationNotFound")


def test_one_that_was_stopped_stays_so_after_a_kill(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes")
    with CloudProcess(tmp_path / "data") as running:
        client = client_of(running.cloud)
        client.create_service("s")
        create_function(client, tmp_path, environmentVariables={"NOTES": str(notes.path)})
        configure(client)
        add(client, "a", do="nap", seconds=600)
        notes.wait_for(1)
        Kept(client).stop("a")
        running.kill()
        eventually(lambda: not running.children())
    with CloudProcess(tmp_path / "data") as running:
        client = client_of(running.cloud)
        add(client, "b", n="b")
        Kept(client).until("b", "Succeeded")

        assert Kept(client).status("a") == "Stopped"
        assert len(notes.runs()) == 2


def test_a_folder_from_before_endings_were_kept_can_be_used(cloud: Cloud) -> None:
    database = cloud.database("fc")
    queue = InvocationQueue(database)
    queue.add(("s", "f", "LATEST"), b"{}", now=1.0, invocation_id="a")
    for name in ("ended_at", "destination", "returned"):
        database.execute(f"ALTER TABLE invocation DROP COLUMN {name}")
    with pytest.raises(sqlite3.OperationalError):
        database.query("SELECT ended_at FROM invocation")

    kept = InvocationQueue(database).find("s", "f", "a")
    database.close()

    assert kept is not None
    assert (kept.ended_at, kept.destination, kept.returned) == (None, "", "")
