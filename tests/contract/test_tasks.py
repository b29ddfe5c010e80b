"""The provider's suite over memory, and over HTTP against the local cloud."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.dashscope.service import DashScopeService
from shared.adapters.dashscope.tasks import LIST_TRIES, DashScopeTasks
from shared.adapters.memory.clock import ManualClock
from shared.adapters.memory.tasks import MemoryTaskService
from shared.ports.errors import (
    ForbiddenError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    ThrottledError,
    UnavailableError,
)
from shared.ports.tasks import Submission, TaskStatus
from shared.transport.http import HttpClient
from tests.contract.tasks_suite import MODEL, TaskServiceSuite, World
from tests.integration.localcloud.conftest import Serve
from tests.integration.localcloud.dashscope_client import ENGINE, picture, picture_server

Surroundings = tuple[Cloud, DashScopeService, DashScopeTasks]


class TestMemoryTasks(TaskServiceSuite):
    @pytest.fixture
    def world(self) -> World:
        clock = ManualClock()
        pictures = {"memory://a": b"a", "memory://b": b"b"}
        service = MemoryTaskService(
            clock, pictures.get, lambda data: b"mask of " + data, lambda _: 0.1
        )
        return World(
            service=service,
            pictures=("memory://a", "memory://b"),
            nothing="memory://nothing",
            now=clock.now,
            wait=clock.advance,
        )


@pytest.fixture
def provider(cloud: Cloud, serve_in_thread: Serve) -> DashScopeService:
    service = DashScopeService(cloud, engine_command=ENGINE, workers=1)
    serve_in_thread(service)
    service.configure({"service_time": 0.1})
    return service


@pytest.fixture
def options(cloud: Cloud, provider: DashScopeService) -> Iterator[dict[str, Any]]:
    assert provider.name == "dashscope"
    with contextlib.closing(HttpClient()) as http:
        yield {
            "base_url": f"{cloud.endpoints['dashscope']}/api/v1",
            "api_key": cloud.identity.dashscope_api_key,
            "http": http,
            "result_hosts": ("127.0.0.1",),
        }


@pytest.fixture
def tasks(options: dict[str, Any]) -> DashScopeTasks:
    return DashScopeTasks(**options)


@pytest.fixture
def surroundings(cloud: Cloud, provider: DashScopeService, tasks: DashScopeTasks) -> Surroundings:
    return cloud, provider, tasks


@pytest.fixture
def submission() -> Iterator[Submission]:
    with picture_server({"/a.png": picture()}) as origin:
        yield Submission(model=MODEL, inputs={"image_url": f"{origin}/a.png"})


class TestDashScopeTasks(TaskServiceSuite):
    @pytest.fixture
    def world(self, tasks: DashScopeTasks, cloud: Cloud) -> Iterator[World]:
        with picture_server({"/a.png": picture(), "/b.png": picture(520, 600)}) as origin:
            yield World(
                service=tasks,
                pictures=(f"{origin}/a.png", f"{origin}/b.png"),
                nothing=f"{origin}/nothing.png",
                now=cloud.clock.now,
                wait=lambda seconds: time.sleep(min(seconds, 0.55)),
            )


class TestAccidents:
    """What the wire does to a POST: sent or not, and what the ledger says of it."""

    def fault(self, cloud: Cloud, operation: str, fault: str, count: int = 1) -> None:
        cloud.faults.add(
            {"service": "dashscope", "operation": operation, "fault": fault, "count": count}
        )

    @pytest.mark.parametrize(
        ("fault", "made"),
        [
            ("drop-before", 0),
            ("drop-after", 1),
            ("truncate", 1),
            ("error:502:BadGateway", 0),
            ("error:500:InternalError", 0),
        ],
    )
    def test_an_unknown_outcome_is_never_sent_again(
        self, surroundings: Surroundings, submission: Submission, fault: str, made: int
    ) -> None:
        cloud, provider, tasks = surroundings
        self.fault(cloud, "submit", fault)

        with pytest.raises(OutcomeUnknownError):
            tasks.submit(submission, timeout=5)

        assert provider.ledger()["totals"]["accepted"] == made
        assert cloud.calls.snapshot()["calls"]["dashscope"]["submit"] == 1

    def test_a_lost_answer_is_found_in_the_list(
        self, cloud: Cloud, tasks: DashScopeTasks, submission: Submission
    ) -> None:
        since = cloud.clock.now() - 1
        self.fault(cloud, "submit", "drop-after")
        with pytest.raises(OutcomeUnknownError):
            tasks.submit(submission, timeout=5)

        page = tasks.list(since=since, until=cloud.clock.now() + 1, page=1)

        (orphan,) = page.tasks
        assert orphan.model == MODEL
        assert orphan.created_at >= since

    def test_slowness_beyond_the_deadline_is_unknown(
        self, cloud: Cloud, tasks: DashScopeTasks, submission: Submission
    ) -> None:
        self.fault(cloud, "submit", "delay:3")
        began = time.monotonic()

        with pytest.raises(OutcomeUnknownError):
            tasks.submit(submission, timeout=0.5)
        assert time.monotonic() - began < 2

    def test_nobody_there_was_never_sent(
        self, options: dict[str, Any], submission: Submission
    ) -> None:
        tasks = DashScopeTasks(**{**options, "base_url": "http://127.0.0.1:9/api/v1"})

        with pytest.raises(NotSentError):
            tasks.submit(submission, timeout=5)

    def test_a_wrong_key_stops(self, options: dict[str, Any], submission: Submission) -> None:
        tasks = DashScopeTasks(**{**options, "api_key": "sk-wrong-wrong-wrong"})

        with pytest.raises(RefusedError) as caught:
            tasks.submit(submission, timeout=5)
        assert caught.value.failure.kind.value == "stop"
        with pytest.raises(ForbiddenError):
            tasks.fetch("task-1")

    def test_a_model_that_is_denied_stops(
        self, provider: DashScopeService, tasks: DashScopeTasks, submission: Submission
    ) -> None:
        provider.configure({"deny": [MODEL]})

        with pytest.raises(RefusedError, match="ModelNotFound"):
            tasks.submit(submission, timeout=5)

    @pytest.mark.parametrize(
        ("fault", "word"),
        [
            ("error:429:Throttling.RateQuota", ThrottledError),
            ("error:503:ModelUnavailable", UnavailableError),
            ("error:401:InvalidApiKey", ForbiddenError),
            ("drop-before", UnavailableError),
            ("truncate", UnavailableError),
        ],
    )
    def test_a_query_in_trouble_has_a_word(
        self, cloud: Cloud, tasks: DashScopeTasks, fault: str, word: type[Exception]
    ) -> None:
        self.fault(cloud, "fetch", fault)
        self.fault(cloud, "list", fault, LIST_TRIES)

        with pytest.raises(word):
            tasks.fetch("task-1")
        with pytest.raises(word):
            tasks.list(since=0, until=1, page=1)
        assert tasks.fetch("task-1").status is TaskStatus.UNKNOWN

    def test_a_cancelled_task_says_so(self, tasks: DashScopeTasks, submission: Submission) -> None:
        tasks.submit(submission, timeout=5)
        waiting = tasks.submit(submission, timeout=5)
        assert tasks.cancel(waiting.task_id)

        assert tasks.fetch(waiting.task_id).status is TaskStatus.CANCELED
