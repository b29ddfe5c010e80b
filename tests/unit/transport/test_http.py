from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from shared.transport.http import (
    HttpClient,
    InterruptedExchangeError,
    NotConnectedError,
    TooLargeError,
)
from tests.unit.transport.peer import answers, cuts_short, drips, hangs_up, is_silent, peer


@pytest.fixture
def http() -> Iterator[HttpClient]:
    client = HttpClient()
    yield client
    client.close()


@pytest.fixture
def end() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_an_answer_is_complete(http: HttpClient) -> None:
    with peer(answers(418, b"body", {"X-Name": "Value"})) as other:
        answer = http.exchange("POST", other.url + "/path", timeout=5, content=b"ask")

    assert (answer.status, answer.body, answer.headers["x-name"]) == (418, b"body", "Value")
    assert other.requests[0].startswith(b"POST /path HTTP/1.1\r\n")
    assert other.requests[0].endswith(b"\r\n\r\nask")


def test_connections_are_kept(http: HttpClient) -> None:
    with peer(answers(200)) as other:
        for _ in range(3):
            http.exchange("GET", other.url, timeout=5)

    assert (len(other.requests), other.connections) == (3, 1)


@pytest.mark.parametrize(
    "target", ["/prod/17%3A31/a%2Fb.json?Expires=1&Signature=a%2Bb%3D&x=%e4", "/?q", "/a//b/../c"]
)
def test_path_and_query_go_out_byte_for_byte(http: HttpClient, target: str) -> None:
    with peer(answers(200)) as other:
        http.exchange("GET", other.url + target + "#fragment", timeout=5)

    assert other.requests[0].split(b" ")[1] == target.encode()


def test_nobody_there_is_not_connected(http: HttpClient) -> None:
    with pytest.raises(NotConnectedError):
        http.exchange("POST", "http://127.0.0.1:9/", timeout=5)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/a b", "http://127.0.0.1:1/ä", "http://[/"])
def test_what_is_no_url_is_not_connected(http: HttpClient, url: str) -> None:
    with pytest.raises(NotConnectedError):
        http.exchange("GET", url, timeout=5)


def test_a_server_that_never_speaks_tls_is_not_connected(http: HttpClient) -> None:
    with peer(hangs_up) as other, pytest.raises(NotConnectedError):
        http.exchange("POST", other.url.replace("http:", "https:"), timeout=2)


def test_hanging_up_is_an_interruption_and_nothing_is_sent_again(http: HttpClient) -> None:
    with peer(hangs_up) as other, pytest.raises(InterruptedExchangeError):
        http.exchange("POST", other.url, timeout=5, content=b"x")

    assert len(other.requests) == 1


def test_a_reset_after_the_request_is_an_interruption(http: HttpClient) -> None:
    def reset(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()

    with peer(reset) as other, pytest.raises(InterruptedExchangeError):
        http.exchange("POST", other.url, timeout=5, content=b"x")


def test_what_came_of_a_cut_answer_is_kept(http: HttpClient) -> None:
    cut = cuts_short(b'{"request_id":"r-1",')
    with peer(cut) as other, pytest.raises(InterruptedExchangeError) as caught:
        http.exchange("POST", other.url, timeout=5)

    assert caught.value.partial == b'{"request_id":"r-1",'


def test_silence_ends_at_the_deadline(http: HttpClient, end: threading.Event) -> None:
    with peer(is_silent(end)) as other:
        began = time.monotonic()
        with pytest.raises(InterruptedExchangeError):
            http.exchange("POST", other.url, timeout=0.3)

    assert 0.25 < time.monotonic() - began < 2


def test_dripping_ends_at_the_deadline(http: HttpClient, end: threading.Event) -> None:
    with peer(drips(end)) as other:
        began = time.monotonic()
        with pytest.raises(InterruptedExchangeError):
            http.exchange("POST", other.url, timeout=0.4)

    assert time.monotonic() - began < 2


class SlowToConnect(httpx.BaseTransport):
    """A name that takes long to resolve, then httpcore's word that sending begins."""

    def __init__(self) -> None:
        self.connect = threading.Event()
        self.over = threading.Event()
        self.sent = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            self.connect.wait(10)
            request.extensions["trace"]("http11.send_request_headers.started", {})
            self.sent = True
            return httpx.Response(200)
        finally:
            self.over.set()


def test_a_call_given_up_before_sending_never_sends() -> None:
    slow = SlowToConnect()
    with contextlib.closing(HttpClient(transport=slow)) as client:
        with pytest.raises(NotConnectedError):
            client.exchange("POST", "http://127.0.0.1/", timeout=0.1, content=b"paid")
        slow.connect.set()

        assert slow.over.wait(5)
        assert not slow.sent


def test_a_call_that_connects_in_time_sends() -> None:
    slow = SlowToConnect()
    slow.connect.set()
    with contextlib.closing(HttpClient(transport=slow)) as client:
        assert client.exchange("POST", "http://127.0.0.1/", timeout=5).status == 200
    assert slow.sent


def test_more_than_the_limit_is_too_large(http: HttpClient) -> None:
    with peer(answers(200, bytes(1001))) as other:
        with pytest.raises(TooLargeError, match="1000"):
            http.exchange("GET", other.url, timeout=5, limit=1000)
        assert len(http.exchange("GET", other.url, timeout=5, limit=1001).body) == 1001


def test_redirects_are_answers(http: HttpClient) -> None:
    with peer(answers(302, b"", {"Location": "/elsewhere"})) as other:
        assert http.exchange("GET", other.url, timeout=5).status == 302

    assert len(other.requests) == 1


def test_proxies_of_the_environment_are_ignored(
    http: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with peer(answers(200)) as other, contextlib.closing(HttpClient()) as client:
        assert client.exchange("GET", other.url, timeout=5).status == 200


def test_no_url_reaches_the_log(http: HttpClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with peer(answers(200)) as other:
        http.exchange("GET", f"{other.url}/x?Signature=secret", timeout=5)

    assert "secret" not in caplog.text
