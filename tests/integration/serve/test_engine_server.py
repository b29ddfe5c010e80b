"""The engine server in a thread: its wire, what it refuses, what survives, what it tells."""

from __future__ import annotations

import random
import socket
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.localcloud.core.connection import Manners
from scripts.serve.app import MANNERS, EngineUnusableError, ListenError, Serving
from scripts.serve.options import Limits, OptionError, Options
from shared.transport.addresses import parse_networks
from tests.integration.localcloud.conftest import LoopThread, free_port
from tests.integration.localcloud.dashscope_client import ENGINE, Client, picture_server, read
from tests.integration.localcloud.dashscope_client import picture as picture_of

KEY = "sk-" + "5ecre7" * 5
LOOPBACK = parse_networks(["127.0.0.0/8"])
QUICK = Limits(submit_qps=50, query_qps=50)
Start = Callable[..., Client]


@pytest.fixture
def loop_thread() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.close()


@pytest.fixture
def lines() -> list[dict[str, Any]]:
    """What the server tells of its requests."""
    return []


@pytest.fixture
def start(tmp_path: Path, loop_thread: LoopThread, lines: list[dict[str, Any]]) -> Iterator[Start]:
    """`start(**options)` starts a server, ending the one before; a client of it."""
    running: list[Serving] = []

    def stop() -> None:
        while running:
            loop_thread.run(running.pop().stop())

    def begin(**more: Any) -> Client:
        stop()
        usual = {"keys": (KEY,), "allowed": LOOPBACK, "limits": QUICK, "port": free_port()}
        manners = more.pop("manners", MANNERS)
        options = Options(**{"data": tmp_path / "data", **usual, **more})
        server = Serving(options, engine_command=ENGINE, write=lines.append, manners=manners)
        loop_thread.run(server.start())
        running.append(server)
        return Client(options.origin(), KEY)

    yield begin
    stop()


@pytest.fixture
def photos() -> Iterator[str]:
    """The address of a server of pictures on loopback."""
    served = {"/good.png": picture_of(), "/words.png": b"words"}
    served["/good.png?Signature=hush"] = picture_of()
    with picture_server(served) as endpoint:
        yield endpoint


def test_a_picture_becomes_signed_files_that_nobody_else_can_ask_for(
    start: Start, photos: str, lines: list[dict[str, Any]]
) -> None:
    client = start()
    output = client.ended(client.accepted(f"{photos}/good.png?Signature=hush"))["output"]
    urls = [output["output_image_url"], output["output_vis_image_url"]]

    assert [read(url)[0] for url in urls] == [200, 200]
    assert [read(url.partition("?")[0])[0] for url in urls] == [403, 403]
    assert read(urls[0].replace("output_image", "output_vis_image"))[0] == 403
    request = urllib.request.Request(urls[0], headers={"Range": "bytes=0-3"})  # noqa: S310 - loopback
    assert read(request) == (206, b"\x89PNG")
    told = str(lines)
    assert {line["operation"] for line in lines} == {"submit", "fetch", "task", "result"}
    assert not any(secret in told for secret in (KEY, "Signature", "hush"))


def test_both_models_are_served_and_no_other(start: Start, photos: str) -> None:
    client = start()
    status, body = client.ask(
        "POST",
        "/services/aigc/image2image/image-synthesis",
        {
            "model": "image-erase-completion",
            "input": {"image_url": f"{photos}/good.png", "mask_url": f"{photos}/good.png"},
        },
        {"X-DashScope-Async": "enable"},
    )

    assert status == 200
    assert "output_image_url" in client.ended(body["output"]["task_id"])["output"]
    status, body = client.submit(f"{photos}/good.png", model="qwen-image")
    assert (status, body["code"]) == (404, "ModelNotFound")


@pytest.mark.parametrize("key", ["", "sk-wrong", KEY[:-1], KEY + "x", KEY.upper()])
def test_only_the_key_opens(start: Start, key: str) -> None:
    status, body = Client(start().endpoint, key).submit("http://127.0.0.1/a.png")

    assert (status, body["code"]) == (401, "InvalidApiKey")


@pytest.mark.parametrize("path", ["/_control/ledger", "/", "/api/v1", "/api/v2/tasks"])
def test_there_is_no_test_bench(start: Start, path: str) -> None:
    request = urllib.request.Request(  # noqa: S310 - loopback
        start().endpoint + path, headers={"Authorization": f"Bearer {KEY}"}
    )

    assert read(request)[0] == 404


def test_private_addresses_fail_the_task_unless_allowed(
    start: Start, photos: str, lines: list[dict[str, Any]]
) -> None:
    client = start(allowed=())
    ended = client.ended(client.accepted(f"{photos}/good.png"))["output"]

    assert (ended["task_status"], ended["code"]) == ("FAILED", "InvalidURL")
    (told,) = (line for line in lines if line["operation"] == "task")
    assert (told["task_id"], told["status"]) == (ended["task_id"], "InvalidURL")


def test_a_mask_is_fetched_no_freer_than_a_picture(start: Start, photos: str) -> None:
    client = start()
    path = "/services/aigc/image2image/image-synthesis"
    for field in ("mask_url", "foreground_url"):
        inputs = dict.fromkeys(("image_url", "mask_url"), f"{photos}/good.png")
        inputs[field] = "http://169.254.169.254/latest/meta-data/"
        body = {"model": "image-erase-completion", "input": inputs}
        submitted = client.ask("POST", path, body, {"X-DashScope-Async": "enable"})[1]

        assert client.ended(submitted["output"]["task_id"])["output"]["code"] == "InvalidURL"


def test_a_crash_of_the_worker_fails_its_task_alone(start: Start, photos: str) -> None:
    client = start()
    tasks = [client.accepted(f"{photos}/good.png", **more) for more in ({"crash": 1}, {}, {})]
    ended = [client.ended(task)["output"] for task in tasks]

    assert [each["task_status"] for each in ended] == ["FAILED", "SUCCEEDED", "SUCCEEDED"]
    assert ended[0]["code"] == "InternalError.Algo"


def test_an_unreadable_picture_is_said_as_the_contract_does(start: Start, photos: str) -> None:
    client = start()
    ended = client.ended(client.accepted(f"{photos}/words.png"))["output"]

    assert (ended["code"], ended["message"]) == ("InvalidParameter.ImageFormat", "read image error")


def test_tasks_and_results_survive_a_restart(start: Start, photos: str) -> None:
    client = start()
    done = client.accepted(f"{photos}/good.png")
    url = client.ended(done)["output"]["output_image_url"]
    before = read(url)[1]
    waiting = [client.accepted(f"{photos}/good.png", sleep=0.3) for _ in range(3)]

    client = start(port=int(client.endpoint.rpartition(":")[2]))
    assert read(url) == (200, before)
    assert [client.ended(task)["output"]["task_status"] for task in waiting] == ["SUCCEEDED"] * 3
    assert client.status(done) == "SUCCEEDED"


def test_limits_are_the_operators(start: Start, photos: str) -> None:
    client = start(limits=Limits(submit_qps=50, query_qps=50, quota=1))
    client.ended(client.accepted(f"{photos}/good.png"))
    assert client.submit(f"{photos}/good.png")[1]["code"] == "AllocationQuota.FreeTierOnly"

    client = start(limits=Limits(submit_qps=50, over_limit="reject"))
    answers = [client.submit(f"{photos}/good.png", sleep=2)[0] for _ in range(2)]
    assert answers == [200, 429], "after a restart the new limits hold"


def test_what_keeps_it_from_starting(start: Start, tmp_path: Path, loop_thread: LoopThread) -> None:
    client = start()
    taken = Options(data=tmp_path / "other", port=int(client.endpoint.rpartition(":")[2]))
    with pytest.raises(ListenError, match="choose another --host or --port"):
        loop_thread.run(Serving(taken, engine_command=ENGINE).start())
    with pytest.raises(OptionError):
        loop_thread.run(Serving(Options(data=tmp_path / "other", host="10.0.0.1")).start())
    with pytest.raises(EngineUnusableError, match="no-such-engine"):
        loop_thread.run(Serving(Options(data=tmp_path, engine="no-such-engine")).start())


def exchange(port: int, sent: bytes) -> bytes:
    """What comes back until the server closes, or says no more."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.settimeout(2)
        try:
            client.sendall(sent)
            while chunk := client.recv(65536):
                answer += chunk
        except (TimeoutError, ConnectionError):
            pass
    return answer


def test_random_bytes_get_4xx_and_nothing_else(
    start: Start, lines: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    client, dice = start(), random.Random(7)
    port = int(client.endpoint.rpartition(":")[2])
    heads = (b"", b"GET ", b"POST /api/v1/services/a HTTP/1.1\r\nHost: a\r\n", b"GET /prod/")
    answers = [
        exchange(port, dice.choice(heads) + dice.randbytes(dice.randrange(1, 3000)) + b"\r\n\r\n")
        for _ in range(60)
    ]

    assert {answer[9:10] for answer in answers} <= {b"4", b""}
    assert sum(bool(answer) for answer in answers) > 40
    assert not [record for record in caplog.records if record.exc_info]
    assert client.ask("GET", "/tasks/a")[0] == 200
    assert {line["status"] for line in lines} <= {200, 400, 401, 404}


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\r\nlong: " + "x" * 20_000,
        "GET /" + "a" * 20_000 + " HTTP/1.1",
        "GET / HTTP/1.1\r\n" + "".join(f"h{n}: v\r\n" for n in range(500)),
        "POST /api/v1/services/a HTTP/1.1\r\nContent-Length: 99999999999999999999",
        "POST /api/v1/services/a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz",
    ],
)
def test_oversized_and_broken_heads_are_refused(start: Start, head: str) -> None:
    port = int(start().endpoint.rpartition(":")[2])

    assert exchange(port, head.encode() + b"\r\n\r\n")[9:10] == b"4"


def test_a_crowd_is_sent_off_and_silence_is_ended(start: Start) -> None:
    client = start(manners=Manners(patience=0.5, connections=3))
    port = int(client.endpoint.rpartition(":")[2])
    crowd = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(3)]
    crowd[0].sendall(b"GET / HTTP/1.1\r\nslow: ")
    with socket.create_connection(("127.0.0.1", port), 10) as late:
        assert late.recv(100).startswith(b"HTTP/1.1 503 ")

    assert [each.recv(100) for each in crowd] == [b""] * 3, "closed, as no request came"
    for each in crowd:
        each.close()
    assert client.ask("GET", "/tasks/a")[0] == 200


def test_a_huge_body_is_refused(start: Start) -> None:
    client = start()
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{client.endpoint}/api/v1/services/aigc/image2image/image-synthesis",
        b"{" + b" " * (21 * 1024 * 1024),
        {"Authorization": f"Bearer {KEY}", "X-DashScope-Async": "enable"},
    )

    assert read(request)[0] == 413
