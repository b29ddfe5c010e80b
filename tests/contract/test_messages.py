"""The suites of messages over memory, and over SMQ's and Function Compute's clients."""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from mns.queue import Message

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.services.mns.service import FAILURE_QUEUE, MnsService
from shared.adapters.fc.acs3 import Signer
from shared.adapters.fc.api3 import Api3
from shared.adapters.fc.invoker import FcInvoker
from shared.adapters.fc.openapi import Fc3Invoker
from shared.adapters.log.sink import LogSink
from shared.adapters.memory.clock import ManualClock
from shared.adapters.memory.messages import MemoryFailureQueue, MemoryInvoker, MemorySink
from shared.adapters.mns.client import connect
from shared.adapters.mns.failures import MnsFailureQueue
from shared.adapters.mns.sink import MnsTopicSink
from shared.adapters.system.clock import SystemClock
from shared.adapters.system.ids import RandomIds
from shared.ports.errors import (
    ForbiddenError,
    NotFoundError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from shared.ports.functions import FunctionInvoker
from shared.transport.http import HttpClient
from tests.contract.messages_suite import EventSinkSuite, FailureQueueSuite, InvokerSuite, event
from tests.integration.localcloud.conftest import Serve
from tests.integration.localcloud.fc_client import HANDLER, Notes, client_of, create_function


class TestMemorySink(EventSinkSuite):
    @pytest.fixture
    def sink(self) -> MemorySink:
        return MemorySink()

    @pytest.fixture
    def arrived(self, sink: MemorySink) -> Callable[[], list[str]]:
        return lambda: [published.id for published in sink.published]


class TestLogSink(EventSinkSuite):
    @pytest.fixture
    def sink(self) -> LogSink:
        return LogSink()

    @pytest.fixture
    def arrived(self, caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
        caplog.set_level(logging.INFO, "maskline.events")
        return lambda: [record.__dict__["facts"]["event_id"] for record in caplog.records]


@pytest.fixture
def smq(cloud: Cloud, serve_in_thread: Serve) -> MnsService:
    service = MnsService(cloud)
    serve_in_thread(service)
    return service


@pytest.fixture
def account(cloud: Cloud, smq: MnsService) -> Iterator[Any]:
    assert smq.name == "mns"
    made = connect(
        cloud.endpoints["mns"],
        access_key_id=cloud.identity.access_key_id,
        access_key_secret=cloud.identity.access_key_secret,
        timeout=2,
    )
    yield made
    made.mns_client.close_connection()


class TestMnsSink(EventSinkSuite):
    @pytest.fixture
    def sink(self, account: Any, cloud: Cloud) -> MnsTopicSink:
        return MnsTopicSink(account, cloud.identity.mns_topic)

    @pytest.fixture
    def arrived(self, smq: MnsService, cloud: Cloud) -> Callable[[], list[str]]:
        topic = cloud.identity.mns_topic
        return lambda: [json.loads(message["body"])["id"] for message in smq.messages(topic)]

    def test_the_body_is_a_cloudevent_and_the_tag_its_short_type(
        self, sink: MnsTopicSink, smq: MnsService, cloud: Cloud
    ) -> None:
        sink.publish(event())

        (message,) = smq.messages(cloud.identity.mns_topic)
        assert message["tag"] == "job.done"
        assert json.loads(message["body"]) == {
            "specversion": "1.0",
            "id": "j-1:maskline.job.done:1",
            "type": "maskline.job.done",
            "source": "acs:maskline:photos",
            "subject": "uploads/人 a.jpg",
            "time": "2027-01-15T08:00:00.250Z",
            "datacontenttype": "application/json",
            "sequence": "7",
            "data": {"job_id": "j-1", "people": 2, "note": "<&>\"'", "nested": {"x": [1, None]}},
        }

    def test_what_no_message_can_hold_is_refused_before_it_is_sent(
        self, sink: MnsTopicSink, smq: MnsService, cloud: Cloud
    ) -> None:
        with pytest.raises(RejectedError):
            sink.publish(event(data={"long": "人" * 22_000}))

        assert smq.messages(cloud.identity.mns_topic) == []

    @pytest.mark.parametrize(
        ("fault", "word"),
        [
            ("drop-before", UnavailableError),
            ("drop-after", UnavailableError),
            ("delay:5", UnavailableError),
            ("truncate", UnavailableError),
            ("error:500:InternalError", UnavailableError),
            ("error:403:AccessDenied", ForbiddenError),
            ("error:429:QpsLimitExceeded", ThrottledError),
        ],
    )
    def test_trouble_has_a_word_and_the_sink_recovers(
        self, sink: MnsTopicSink, cloud: Cloud, fault: str, word: type[Exception]
    ) -> None:
        cloud.faults.add({"service": "mns", "operation": "*", "fault": fault, "count": 2})
        with pytest.raises(word):
            sink.publish(event())
        cloud.faults.clear()

        sink.publish(event())

    def test_a_topic_that_is_not_there(self, account: Any) -> None:
        with pytest.raises(NotFoundError, match="TopicNotExist"):
            MnsTopicSink(account, "nobody").publish(event())


class TestMemoryFailures(FailureQueueSuite):
    @pytest.fixture
    def queue(self) -> MemoryFailureQueue:
        return MemoryFailureQueue()

    @pytest.fixture
    def send(self, queue: MemoryFailureQueue) -> Callable[[Mapping[str, object]], None]:
        return queue.send


class TestMnsFailures(FailureQueueSuite):
    @pytest.fixture
    def queue(self, account: Any) -> MnsFailureQueue:
        return MnsFailureQueue(account, FAILURE_QUEUE)

    @pytest.fixture
    def raw(self, account: Any, queue: MnsFailureQueue) -> Any:
        assert queue is not None
        made = account.get_queue(FAILURE_QUEUE)
        made.set_encoding(False)
        return made

    @pytest.fixture
    def send(self, raw: Any) -> Callable[[Mapping[str, object]], None]:
        return lambda message: raw.send_message(Message(json.dumps(message, ensure_ascii=False)))

    def test_base64_is_read_too_and_what_is_neither_is_empty(
        self, queue: MnsFailureQueue, raw: Any
    ) -> None:
        for body in (base64.b64encode(b'{"n": 1}').decode(), "no json", "[1]"):
            raw.send_message(Message(body))

        assert sorted(str(m) for _, m in queue.receive(9)) == ["{'n': 1}", "{}", "{}"]

    def test_what_function_compute_gives_up_on_is_found_here(
        self, queue: MnsFailureQueue, cloud: Cloud, loop_thread: Any
    ) -> None:
        arn = f"acs:mns:cn-beijing:1:/queues/{FAILURE_QUEUE}/messages"
        message = {"requestPayload": '{"events":[]}'}
        loop_thread.run(cloud.bus.publish("fc.destination", {"arn": arn, "message": message}))

        ((_, found),) = queue.receive(9)
        assert found["requestPayload"] == '{"events":[]}'


class TestMemoryInvoker(InvokerSuite):
    @pytest.fixture
    def invoker(self) -> MemoryInvoker:
        return MemoryInvoker()

    @pytest.fixture
    def ran(self, invoker: MemoryInvoker) -> Callable[[], list[Mapping[str, object]]]:
        return lambda: [payload for _, payload, _ in invoker.asked]


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "notes")


@pytest.fixture
def compute(cloud: Cloud, serve_in_thread: Serve, tmp_path: Path, notes: Notes) -> Cloud:
    """Function Compute with a function `poller` in service `s` that notes what it gets."""
    serve_in_thread(FcService(cloud))
    client = client_of(cloud)
    client.create_service("s")
    create_function(client, tmp_path, "poller", environmentVariables={"NOTES": str(notes.path)})
    client.put_function_async_invoke_config("s", "LATEST", "poller", {"statefulInvocation": True})
    return cloud


Make = Callable[..., FunctionInvoker]


class BothVersions(InvokerSuite):
    """What holds for either version of the API."""

    @pytest.fixture
    def make(self, compute: Cloud) -> Make:
        raise NotImplementedError

    @pytest.fixture
    def invoker(self, make: Make) -> FunctionInvoker:
        return make(ManualClock())

    @pytest.fixture
    def ran(self, notes: Notes) -> Callable[[], list[Mapping[str, object]]]:
        return notes.events

    def test_a_function_that_is_not_there(self, invoker: FunctionInvoker) -> None:
        with pytest.raises(NotFoundError, match="nobody: FunctionNotFound"):
            invoker.invoke("nobody", {}, invocation_id="kick-1")

    @pytest.mark.parametrize("wrong", ["", "9starts", "a b", "x" * 129])
    def test_an_id_that_the_service_would_not_take(
        self, invoker: FunctionInvoker, wrong: str
    ) -> None:
        with pytest.raises(RejectedError):
            invoker.invoke("poller", {}, invocation_id=wrong)

    def test_a_payload_that_is_too_long(self, invoker: FunctionInvoker) -> None:
        with pytest.raises(RejectedError):
            invoker.invoke("poller", {"x": "a" * 131_072}, invocation_id="kick-1")

    @pytest.mark.parametrize(
        "fault",
        [
            "error:503:ServiceUnavailable",
            "error:429:ResourceExhausted",
            "drop-before",
            "drop-after",
        ],
    )
    def test_short_trouble_is_waited_out_and_the_run_is_one(
        self, invoker: FunctionInvoker, compute: Cloud, notes: Notes, fault: str
    ) -> None:
        compute.faults.add({"service": "fc", "operation": "*", "fault": fault, "count": 2})

        invoker.invoke("poller", {"n": 1}, invocation_id="kick-1")

        assert notes.wait_for(1) == [{"n": 1}]
        time.sleep(0.2)
        assert notes.events() == [{"n": 1}]

    @pytest.mark.parametrize(
        ("fault", "word"),
        [
            ("error:503:ServiceUnavailable", ThrottledError),
            ("drop-before", UnavailableError),
            ("error:403:AccessDenied", ForbiddenError),
        ],
    )
    def test_long_trouble_has_a_word_after_bounded_tries(
        self, compute: Cloud, make: Make, fault: str, word: type[Exception]
    ) -> None:
        clock = ManualClock()
        before = clock.now()
        compute.faults.add({"service": "fc", "operation": "*", "fault": fault, "count": 99})

        with pytest.raises(word):
            make(clock).invoke("poller", {}, invocation_id="kick-1")
        assert clock.now() - before < 2

    def test_an_id_that_was_asked_for_before_is_no_error_in_the_log(
        self, invoker: FunctionInvoker, caplog: pytest.LogCaptureFixture
    ) -> None:
        invoker.invoke("poller", {}, invocation_id="kick-1")
        invoker.invoke("poller", {}, invocation_id="kick-1")

        ours = [record for record in caplog.records if not record.name.startswith("scripts.")]
        assert [record for record in ours if record.levelno >= logging.WARNING] == []

    def test_a_refusal_leaves_no_secret_in_the_log(
        self, make: Make, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        invoker = make(ManualClock(), access_key_secret="wrong", security_token="t0ken-t0ken")

        with pytest.raises(ForbiddenError):
            invoker.invoke("poller", {}, invocation_id="kick-1")

        for secret in ("t0ken", "FC LTAI", "authorization", "ACS3"):
            assert secret not in caplog.text


class TestFcInvoker(BothVersions):
    @pytest.fixture
    def make(self, compute: Cloud) -> Make:
        def made(clock: ManualClock, **changes: str) -> FcInvoker:
            given: dict[str, Any] = {
                "endpoint": compute.endpoints["fc"] + "/",
                "service": "s",
                "access_key_id": compute.identity.access_key_id,
                "access_key_secret": compute.identity.access_key_secret,
            }
            return FcInvoker(**{**given, **changes}, clock=clock, timeout=3)

        return made

    def test_an_alias_is_woken_where_one_is_chosen(
        self, compute: Cloud, notes: Notes, make: Make
    ) -> None:
        client = client_of(compute)
        client.create_alias("s", "live", client.publish_version("s").data["versionId"])
        client.put_function_async_invoke_config("s", "live", "poller", {"statefulInvocation": True})
        client.delete_function("s", "poller")  # only the version has it now

        live = make(ManualClock(), qualifier="live")
        live.invoke("poller", {"n": 1}, invocation_id="kick-1")

        assert notes.wait_for(1) == [{"n": 1}]
        with pytest.raises(NotFoundError):
            make(ManualClock()).invoke("poller", {}, invocation_id="kick-2")


class TestFc3Invoker(BothVersions):
    @pytest.fixture
    def compute(self, cloud: Cloud, serve_in_thread: Serve, notes: Notes) -> Cloud:
        """Function Compute with the 3.0 function `s-poller`, as a template makes it."""
        service = FcService(cloud)
        serve_in_thread(service)
        types = service.resource_types()
        types["ALIYUN::FC3::Function"].create(
            {
                "FunctionName": "s-poller",
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "InstanceLifecycleConfig": {"Initializer": {"Handler": "index.initialize"}},
                "Code": {"SourceCode": HANDLER},
                "EnvironmentVariables": {"NOTES": str(notes.path)},
            }
        )
        types["ALIYUN::FC3::AsyncInvokeConfig"].create(
            {"FunctionName": "s-poller", "AsyncTask": True}
        )
        return cloud

    @pytest.fixture
    def http(self) -> Iterator[HttpClient]:
        made = HttpClient()
        yield made
        made.close()

    @pytest.fixture
    def make(self, compute: Cloud, http: HttpClient) -> Make:
        identity = compute.identity

        def made(
            clock: ManualClock, *, access_key_secret: str = "", security_token: str | None = None
        ) -> Fc3Invoker:
            secret = access_key_secret or identity.access_key_secret
            api = Api3(
                endpoint=compute.endpoints["fc"] + "/",
                service="s",
                signer=Signer(identity.access_key_id, secret, security_token),
                http=http,
                signing=SystemClock(),
                ids=RandomIds(),
                timeout=3,
            )
            return Fc3Invoker(api, clock=clock)

        return made

    def test_a_date_of_another_time_is_refused(self, compute: Cloud, http: HttpClient) -> None:
        identity = compute.identity
        api = Api3(
            endpoint=compute.endpoints["fc"],
            service="s",
            signer=Signer(identity.access_key_id, identity.access_key_secret),
            http=http,
            signing=ManualClock(),
            ids=RandomIds(),
        )
        invoker = Fc3Invoker(api, clock=ManualClock())
        with pytest.raises(ForbiddenError, match=r"InvalidTimeStamp\.Expired"):
            invoker.invoke("poller", {}, invocation_id="kick-1")
