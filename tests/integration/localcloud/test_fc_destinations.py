"""What becomes of an asynchronous invocation is told to real queues, topics and functions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fc2
import pytest
from mns.topic import TopicMeta

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.services.mns.service import MnsService
from tests.integration.localcloud.conftest import Serve
from tests.integration.localcloud.dashscope_client import Client, Configure, until
from tests.integration.localcloud.fc_client import Notes, client_of, create_function, enqueue
from tests.integration.localcloud.mns_client import close_client, make_queue, open_client
from tests.integration.localcloud.test_fc_stateful import Kept

EVENTS = Path(__file__).parents[2] / "events"


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "notes")


@pytest.fixture
def client(cloud: Cloud, serve_in_thread: Serve, tmp_path: Path) -> fc2.Client:
    """Functions `f` and `g`; what `g` is told is noted."""
    serve_in_thread(MnsService(cloud))
    serve_in_thread(FcService(cloud))
    made = client_of(cloud)
    made.create_service("s")
    create_function(made, tmp_path)
    noted = {"NOTES": str(tmp_path / "notes")}
    create_function(made, tmp_path, "g", environmentVariables=noted)
    return made


@pytest.fixture
def account(cloud: Cloud, client: fc2.Client) -> Iterator[Any]:
    """The vendor's client of MNS."""
    assert client
    made = open_client(cloud)
    yield made
    close_client(made)


def told_to(client: fc2.Client, success: str, failure: str) -> None:
    config = {
        "statefulInvocation": True,
        "maxAsyncRetryAttempts": 0,
        "destinationConfig": {
            "onSuccess": {"destination": success},
            "onFailure": {"destination": failure},
        },
    }
    client.put_function_async_invoke_config("s", "LATEST", "f", config)


def run(client: fc2.Client, name: str, **order: Any) -> dict[str, Any]:
    enqueue(client, order, X_Fc_Stateful_Async_Invocation_Id=name)
    return Kept(client).until(name, "Succeeded", "Failed")


def test_a_failure_lies_in_a_queue_and_a_success_is_on_a_topic_that_starts_a_function(
    client: fc2.Client, account: Any, notes: Notes, cloud: Cloud
) -> None:
    region, owner = cloud.identity.region, cloud.identity.account_id
    queue = make_queue(account, "failures")
    account.get_topic("news").create(TopicMeta())
    topic = f"acs:mns:{region}:{owner}:/topics/news"
    client.create_trigger("s", "g", "t", "mns_topic", {}, topic, "acs:ram::1:role/r")
    told_to(client, f"{topic}/messages", f"acs:mns:{region}:{owner}:/queues/failures/messages")

    failed, succeeded = run(client, "a", do="fail"), run(client, "b", n=2)
    taken = json.loads(queue.receive_message(wait_seconds=10).message_body)
    noted = notes.wait_for(1)[0]

    assert (failed["destinationStatus"], succeeded["destinationStatus"]) == ("Succeeded",) * 2
    assert taken["requestContext"]["requestId"] == failed["requestId"]
    assert taken["requestContext"]["condition"] == "RetriesExhausted"
    assert json.loads(taken["responsePayload"])["errorMessage"] == "something is wrong"
    assert noted["requestPayload"] == '{"n": 2}'
    assert noted["requestContext"]["requestId"] == succeeded["requestId"]


@pytest.mark.parametrize(
    "arn",
    [
        "acs:mns:cn-beijing:1:/queues/nowhere/messages",
        "acs:mns:cn-beijing:1:/topics/nowhere/messages",
        "acs:eventbridge:cn-beijing:1:eventbus/b",
    ],
)
def test_a_destination_that_is_not_there_says_so(client: fc2.Client, arn: str) -> None:
    told_to(client, arn, arn)

    assert run(client, "a", n=1)["destinationStatus"] == "Failed"
    assert run(client, "b", do="fail")["destinationStatus"] == "Failed"


def test_a_task_that_ends_is_told_to_a_function_by_the_documents_event(
    client: fc2.Client,
    notes: Notes,
    cloud: Cloud,
    *,
    dashscope: Client,
    configure: Configure,
    pictures: str,
) -> None:
    client.create_service(cloud.identity.fc_service)
    configure(announce="g", outcomes=[{"match": {"nth": 2}, "outcome": "FAILED"}])
    client.create_function(
        cloud.identity.fc_service,
        "g",
        runtime="python3.10",
        handler="index.handler",
        timeout=20,
        codeDir=str(notes.path.parent / "g"),
        environmentVariables={"NOTES": str(notes.path)},
    )
    path = "/services/aigc/text2image/image-synthesis"
    body = {"model": "wanx-v1", "input": {"image_url": f"{pictures}/good.png"}}
    ids = [
        dashscope.ask("POST", path, body, {"X-DashScope-Async": "enable"})[1]["output"]["task_id"]
        for _ in range(2)
    ]
    events = notes.wait_for(2)
    sample = json.loads((EVENTS / "eventbridge_task_finish.json").read_text())
    listed = until(lambda: dashscope.ask("GET", "/tasks")[1].get("data"))

    assert {event["data"]["task_id"]: event["data"]["task_status"] for event in events} == {
        ids[0]: "SUCCEEDED",
        ids[1]: "FAILED",
    }
    for event in events:
        assert (set(event), set(event["data"])) == (set(sample), set(sample["data"]))
        assert event["type"] == sample["type"]
        assert event["data"]["user_api_unique_key"] == listed[0]["user_api_unique_key"]
    assert listed[0]["user_api_unique_key"] == "apikey:v1:aigc:text2image:image-synthesis:wanx-v1"
