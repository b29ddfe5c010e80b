"""DashScope under other terms than the laptop's, and requests that nobody sends by mistake."""

from __future__ import annotations

import os
import signal
import socket
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.dashscope.service import DashScopeService
from scripts.localcloud.services.dashscope.tasks import SUCCEEDED, Task, TaskStore
from scripts.localcloud.services.dashscope.terms import Terms
from tests.integration.localcloud.conftest import LoopThread, Serve
from tests.integration.localcloud.dashscope_client import ENGINE as TINY_ENGINE
from tests.integration.localcloud.dashscope_client import MODEL, Client, Configure, read, until

PATH = "/services/aigc/image2image/image-synthesis"
ASYNC = {"X-DashScope-Async": "enable"}
Under = Callable[[Terms], tuple[Client, DashScopeService]]


@pytest.fixture
def under(cloud: Cloud, serve_in_thread: Serve, loop_thread: LoopThread) -> Under:
    """`under(terms)`: a quick service under those terms, and a client of it."""

    async def configure(service: DashScopeService) -> None:
        service.configure({"service_time": 0, "submit_qps": 50, "concurrency": 2})

    def start(terms: Terms) -> tuple[Client, DashScopeService]:
        service = DashScopeService(cloud, engine_command=TINY_ENGINE, terms=terms)
        endpoint = serve_in_thread(service)
        loop_thread.run(configure(service))
        return Client(endpoint, (terms.keys or (cloud.identity.dashscope_api_key,))[-1]), service

    return start


def processes_of(log: Path) -> list[int]:
    """The workers that ever started, by their own word."""
    lines = log.read_text().splitlines() if log.exists() else []
    return [int(line.split()[2]) for line in lines if line.startswith("tiny engine")]


def get(url: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    request = urllib.request.Request(url, headers=headers, method=method)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310 - loopback
        return response.status, response.read(), dict(response.headers)


def test_no_more_wait_than_the_queue_holds(dashscope: Client, configure: Configure) -> None:
    configure(service_time=60, queue=1)
    statuses = [dashscope.submit("http://127.0.0.1:9/a")[0] for _ in range(3)]

    assert statuses == [200, 200, 429], "one runs, one waits"


def test_queries_are_as_many_as_the_settings_say(dashscope: Client, configure: Configure) -> None:
    configure(query_qps=2)

    assert [dashscope.ask("GET", "/tasks/a")[0] for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[" * 200_000, "InvalidParameter.JsonPhrase"),
        (b'{"model": ' + b"9" * 5000 + b"}", "InvalidParameter.JsonPhrase"),
        (b"\xff\xfe", "InvalidParameter.JsonPhrase"),
        (b'{"model": "\\ud800", "input": {"image_url": "a"}}', "InvalidParameter"),
        (b'{"model": "' + b"m" * 300 + b'", "input": {"image_url": "a"}}', "InvalidParameter"),
    ],
)
def test_a_hostile_body_is_refused_and_breaks_nothing(
    dashscope: Client, body: bytes, expected: str
) -> None:
    request = urllib.request.Request(  # noqa: S310 - loopback
        dashscope.endpoint + "/api/v1" + PATH,
        body,
        {"Authorization": f"Bearer {dashscope.key}", **ASYNC},
    )
    status, answer = read(request)

    assert status == 400
    assert f'"code":"{expected}"'.encode() in answer


def test_half_a_surrogate_pair_in_a_url_fails_its_task_only(dashscope: Client) -> None:
    status, body = dashscope.submit("http://127.0.0.1/\ud800")

    assert status == 200
    assert dashscope.ended(body["output"]["task_id"])["output"]["task_status"] == "FAILED"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/tasks?page_no=" + "9" * 5000,
        "/api/v1/tasks?page_no=\u0663",
        "/prod/a/00000000-0000-0000-0000-000000000000-x.png?Expires="
        + "9" * 5000
        + "&OSSAccessKeyId=a&Signature=b",
        "/api/v1/tasks/\xff",
    ],
)
def test_a_hostile_path_is_refused(dashscope: Client, path: str) -> None:
    head = f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {dashscope.key}\r\n"
    port = int(dashscope.endpoint.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(head.encode("latin-1", "replace") + b"Connection: close\r\n\r\n")

        assert client.recv(65536)[9:10] == b"4"


def test_any_of_several_keys_opens(under: Under) -> None:
    client, _ = under(Terms(keys=("first-key", "second-key")))
    answers = [
        Client(client.endpoint, key).ask("GET", "/tasks/a")[0]
        for key in ("first-key", "second-key", "third-key", "")
    ]

    assert answers == [200, 200, 401, 401]


def test_streamed_results_come_in_ranges_and_answer_head(under: Under, pictures: str) -> None:
    client, _ = under(Terms(streams=True, endpoint="https://engine.example/ai"))
    url = client.ended(client.accepted(f"{pictures}/good.png"))["output"]["output_image_url"]
    assert url.startswith("https://engine.example/ai/prod/")
    here = client.endpoint + url.removeprefix("https://engine.example/ai")

    status, whole, headers = get(here)
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert get(here, Range="bytes=2-5")[:2] == (206, whole[2:6])
    status, body, headers = get(here, "HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", str(len(whole)))
    assert read(urllib.request.Request(here, b"", method="PUT"))[0] == 401  # noqa: S310 - loopback
    assert read(here.replace("Expires=1", "Expires=2"))[0] == 403


def test_a_full_folder_puts_submissions_off(under: Under, cloud: Cloud) -> None:
    client, _ = under(Terms(most_bytes=10_000_000))
    assert client.submit("http://127.0.0.1:9/a")[0] == 200

    (cloud.data_dir / "dashscope" / "results" / "big").write_bytes(b"\0" * 10_000_000)

    def refused() -> dict[str, Any] | None:
        status, body = client.submit("http://127.0.0.1:9/a")
        return body if status == 503 else None

    assert until(refused)["code"] == "ModelUnavailable"


def test_a_body_that_does_not_come_is_refused(under: Under) -> None:
    client, _ = under(Terms(patience=0.2))
    head = (
        f"POST /api/v1{PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {client.key}\r\n"
        "X-DashScope-Async: enable\r\nContent-Length: 1000\r\n\r\n{"
    )
    port = int(client.endpoint.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 10) as slow:
        slow.sendall(head.encode())

        assert slow.recv(65536).startswith(b"HTTP/1.1 408 ")


def test_a_worker_that_has_grown_is_replaced(under: Under, cloud: Cloud, pictures: str) -> None:
    client, _ = under(Terms(most_worker_memory=1))
    for _ in range(2):
        client.ended(client.accepted(f"{pictures}/good.png"))

    assert len(set(processes_of(cloud.data_dir / "logs" / "engine.log"))) == 2


def test_an_idle_worker_that_died_costs_no_task(under: Under, cloud: Cloud, pictures: str) -> None:
    client, _ = under(Terms())
    client.ended(client.accepted(f"{pictures}/good.png"))
    (worker,) = processes_of(cloud.data_dir / "logs" / "engine.log")
    os.kill(worker, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{worker}").exists())

    ended = client.ended(client.accepted(f"{pictures}/good.png"))
    assert ended["output"]["task_status"] == "SUCCEEDED"


def test_when_its_time_is_over_a_task_goes_with_its_files(
    under: Under, cloud: Cloud, pictures: str
) -> None:
    client, _ = under(Terms(lifetime=3600, forgets=True))
    task = client.accepted(f"{pictures}/good.png")
    url = client.ended(task)["output"]["output_image_url"]
    folder = cloud.data_dir / "dashscope" / "results" / task
    assert folder.is_dir()

    cloud.clock.advance(3590)
    assert (client.status(task), read(url)[0]) == ("SUCCEEDED", 200)
    cloud.clock.advance(20)
    assert (client.status(task), read(url)[0]) == ("UNKNOWN", 403)
    cloud.clock.advance(1300)
    until(lambda: not folder.exists())
    database = cloud.database("dashscope")
    until(lambda: database.query("SELECT COUNT(*) FROM task")[0][0] == 0)
    database.close()


def test_what_is_forgotten_still_counts_against_the_quota(cloud: Cloud) -> None:
    store = TaskStore(cloud.database("dashscope"))
    for number, ended in enumerate((10.0, 20.0)):
        store.add(
            Task(
                task_id=str(number),
                model=MODEL,
                function="f",
                body={"input": "large"},
                image_url=None,
                submit_request_id="r",
                submit_time=1.0,
            )
        )
        store.succeed(str(number), ended, ("output_image",))
    store.forget(15.0)

    assert (store.get("0"), store.billed(MODEL), store.count(MODEL, (SUCCEEDED,))) == (None, 2, 1)
    kept = store.get("1")
    assert kept is not None
    assert kept.body == {}, "a picture in a body does not outlive its task"
    store.close()
