"""The server before each service: counting, faults, raw paths, errors."""

from __future__ import annotations

import http.client
import socket
import time
from pathlib import Path

import pytest
from aiohttp import web

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import PortTakenError, serve
from tests.integration.localcloud.conftest import LoopThread, Serve

BODY = bytes(range(256)) * 4000


class EchoService:
    """Answers what it was asked; `/stream` streams, `/break` fails."""

    name = "oss"
    operations = frozenset({"GetObject", "PutObject"})

    def __init__(self) -> None:
        self.performed: list[str] = []
        self.received = 0

    def operation(self, request: web.Request) -> str:
        return "GetObject" if request.method == "GET" else "PutObject"

    async def handle(self, request: web.Request, operation: str) -> web.StreamResponse:
        body = await request.read()
        self.performed.append(request.raw_path)
        self.received += len(body)
        if request.raw_path == "/break":
            raise RuntimeError("secret detail")
        if request.raw_path == "/stream":
            return await self._stream(request)
        return web.Response(body=body or BODY, headers={"x-path": request.raw_path})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = len(BODY)
        await response.prepare(request)
        for start in range(0, len(BODY), 1000):
            await response.write(BODY[start : start + 1000])
        await response.write_eof()
        return response

    def fault_response(self, http: int, code: str, request: web.Request) -> web.Response:
        return web.Response(status=http, text=code)

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass


@pytest.fixture
def service() -> EchoService:
    return EchoService()


@pytest.fixture
def port(service: EchoService, serve_in_thread: Serve) -> int:
    return int(serve_in_thread(service).rpartition(":")[2])


def ask(
    port: int, path: str = "/a", *, method: str = "GET", body: bytes | None = None
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.read(), dict(response.getheaders())
    finally:
        connection.close()


def put(cloud: Cloud, fault: str, **more: object) -> None:
    cloud.faults.add({"service": "oss", "operation": "*", "fault": fault, **more})


@pytest.mark.parametrize("path", ["/a//b", "/a%2Fb/../c", "/%E5%90%88%0A", "//", "/a+b?c=%20&d"])
def test_the_path_arrives_as_it_was_sent(port: int, path: str) -> None:
    status, _, headers = ask(port, path)

    assert (status, headers["x-path"]) == (200, path)


def test_a_large_body_is_taken_whole(port: int) -> None:
    body = BODY * 10

    assert ask(port, method="PUT", body=body)[1] == body


def test_calls_are_counted_even_when_they_meet_a_fault(port: int, cloud: Cloud) -> None:
    put(cloud, "error:503:ServiceUnavailable", count=1)
    answers = [ask(port)[0] for _ in range(3)]

    assert answers == [503, 200, 200]
    assert cloud.calls.snapshot() == {
        "calls": {"oss": {"GetObject": 3}},
        "peaks": {"oss": {"GetObject": 3}},
    }


@pytest.mark.parametrize("path", ["/a", "/stream"])
@pytest.mark.parametrize("fault", ["drop-before", "drop-after"])
def test_a_dropped_answer(
    port: int, cloud: Cloud, service: EchoService, fault: str, path: str
) -> None:
    put(cloud, fault, count=1)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        ask(port, path)

    assert service.performed == ([] if fault == "drop-before" else [path])
    assert ask(port, path)[1] == BODY


def test_an_upload_whose_answer_is_lost_is_taken_whole(
    port: int, cloud: Cloud, service: EchoService
) -> None:
    put(cloud, "drop-after", count=1)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        ask(port, method="PUT", body=BODY)

    assert service.received == len(BODY)


@pytest.mark.parametrize("path", ["/a", "/stream"])
def test_a_truncated_answer_announces_all_and_sends_half(
    port: int, cloud: Cloud, path: str
) -> None:
    put(cloud, "truncate", count=1)
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(port, path)

    assert caught.value.partial == BODY[: len(BODY) // 2]
    assert caught.value.expected == len(BODY) - len(BODY) // 2
    assert ask(port, path)[1] == BODY


def test_a_delay_ends_early_when_the_clock_jumps(
    port: int, cloud: Cloud, loop_thread: LoopThread
) -> None:
    put(cloud, "delay:300")

    began = time.monotonic()
    jump = loop_thread.loop.call_later
    loop_thread.loop.call_soon_threadsafe(jump, 0.2, cloud.clock.advance, 301)

    assert ask(port)[0] == 200
    assert time.monotonic() - began < 10


def test_an_accident_inside_is_the_vendors_error_and_tells_nothing(port: int) -> None:
    assert ask(port, "/break")[:2] == (500, b"InternalError")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\xfc\xff\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /secret?Signature=secret HTTP/1.1\r\nA: b\r\nbroken secret\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nlong: " + b"x" * 100_000 + b"\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"PUT / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        bytes(range(256)) * 20,
    ],
)
def test_what_is_no_http_is_refused_in_one_quiet_line(
    port: int, service: EchoService, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    caplog.set_level("DEBUG")
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(sent)
        answer = b"".join(iter(lambda: client.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.0 400 ")
    assert answer.endswith(b"\r\n\r\nBadRequest"), "the service's own words"
    assert [
        r.getMessage() for r in caplog.records if r.exc_info or "secret" in r.getMessage()
    ] == []
    assert "malformed request from 127.0.0.1" in caplog.text
    assert service.performed == []
    assert ask(port)[0] == 200


def test_a_request_without_host_is_served(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(b"GET /a HTTP/1.0\r\n\r\n")

        assert client.recv(65536).startswith(b"HTTP/1.0 200 ")


def test_a_taken_port_is_named(cloud: Cloud, loop_thread: LoopThread, service: EchoService) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=rf"port {port} for oss .*--port-base"):
            loop_thread.run(
                serve(
                    service,
                    "127.0.0.1",
                    port,
                    faults=cloud.faults,
                    calls=cloud.calls,
                    clock=cloud.clock,
                )
            )


def test_only_loopback_is_listened_on(
    cloud: Cloud, loop_thread: LoopThread, service: EchoService
) -> None:
    with pytest.raises(ValueError, match="loopback"):
        loop_thread.run(
            serve(service, "0.0.0.0", 0, faults=cloud.faults, calls=cloud.calls, clock=cloud.clock)
        )


def test_the_clock_file_follows_a_jump_and_a_restart(cloud: Cloud, tmp_path: Path) -> None:
    cloud.clock.advance(90000)

    assert float(cloud.clock.offset_path.read_text()) == 90000
    assert abs(cloud.clock.now() - time.time() - 90000) < 5
    assert type(cloud.clock)(cloud.data_dir).offset() == 90000
