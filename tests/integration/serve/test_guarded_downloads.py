"""Downloads that strangers order: names, redirects, sizes, and servers that take their time."""

from __future__ import annotations

import asyncio
import http.server
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from scripts.localcloud.services.dashscope.downloads import LARGEST, InputError
from scripts.serve.downloads import GuardedDownloads
from shared.transport.addresses import AddressPolicy, parse_networks

LOOPBACK = AddressPolicy(allowed=parse_networks(["127.0.0.0/8"]))
NOT_HAD = "InvalidParameter.FileDownload"


class Names(AbstractResolver):
    """Answers the given addresses, the next ones at each question, and counts the questions."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [
            ResolveResult(
                hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0
            )
            for each in answer
        ]

    async def close(self) -> None:
        pass


class _Handler(http.server.BaseHTTPRequestHandler):
    seen: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Host"]))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(404 if self.path == "/missing" else 200)
        self.end_headers()
        if self.path == "/large":
            self.wfile.write(b"\0" * (LARGEST + 1))
        elif self.path == "/slow":
            time.sleep(1)
        else:
            self.wfile.write(b"a picture")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[int, list[tuple[str, str | None]]]]:
    """A web server on loopback: its port, and the paths and hosts that it was asked for."""
    seen: list[tuple[str, str | None]] = []
    handler = type("Handler", (_Handler,), {"seen": seen})
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made.server_port, seen
    made.shutdown()
    made.server_close()
    thread.join()


def got(downloads: GuardedDownloads, url: str) -> bytes | str:
    """The bytes, or the code that the task fails with."""
    try:
        return asyncio.run(downloads.get(url))
    except InputError as error:
        return error.code


def test_a_picture_comes_from_an_allowed_address(
    server: tuple[int, list[tuple[str, str | None]]],
) -> None:
    port, seen = server
    names = Names(["127.0.0.1"])
    url = f"http://photos.example:{port}/a%2Fb?Signature=a%2Bb"

    assert got(GuardedDownloads(LOOPBACK, resolver=names), url) == b"a picture"
    assert seen == [("/a%2Fb?Signature=a%2Bb", f"photos.example:{port}")]


def test_without_permission_loopback_is_not_touched(
    server: tuple[int, list[tuple[str, str | None]]],
) -> None:
    port, seen = server
    hosts = ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "0")
    answers = {got(GuardedDownloads(AddressPolicy()), f"http://{host}:{port}/") for host in hosts}

    assert answers <= {"InvalidURL", NOT_HAD}
    assert seen == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_a_forbidden_address_is_an_invalid_url(host: str) -> None:
    assert got(GuardedDownloads(AddressPolicy()), f"http://{host}:9/") == "InvalidURL"


def test_a_name_that_changes_its_mind_is_asked_once(
    server: tuple[int, list[tuple[str, str | None]]],
) -> None:
    port, seen = server
    names = Names(["192.0.2.1"], ["127.0.0.1"])

    assert got(GuardedDownloads(AddressPolicy(), resolver=names), f"http://a.example:{port}/") == (
        "InvalidURL"
    )
    assert (names.asked, seen) == (1, [])


def test_of_several_addresses_only_permitted_ones_are_tried(
    server: tuple[int, list[tuple[str, str | None]]],
) -> None:
    port, _ = server
    names = Names(["10.255.255.1", "127.0.0.1"])

    assert got(GuardedDownloads(LOOPBACK, resolver=names), f"http://a.example:{port}/") == (
        b"a picture"
    )


def test_each_redirect_is_checked_again(
    server: tuple[int, list[tuple[str, str | None]]],
) -> None:
    port, seen = server
    origin = f"http://127.0.0.1:{port}"
    downloads = GuardedDownloads(LOOPBACK)

    assert got(downloads, f"{origin}/to//b") == b"a picture"
    for target in (
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "http://user:secret@127.0.0.1/",
        "ftp://127.0.0.1/",
    ):
        assert got(downloads, f"{origin}/to/{target}") == "InvalidURL", target
    seen.clear()
    assert got(downloads, f"{origin}/to//to//to//to//to//b") == NOT_HAD, "a few redirects only"
    assert len(seen) == 4


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//127.0.0.1/a",
        "a.png",
        "",
        "http://",
        "http:///a",
        "http://user@127.0.0.1/",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1/合影.jpg",
        "http://127.0.0.1/" + "a" * 9000,
    ],
)
def test_a_url_that_is_none_of_ours_is_invalid(url: str) -> None:
    assert got(GuardedDownloads(LOOPBACK), url) == "InvalidURL"


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/", "http://[::1", "http://127.0.0.1:9/"])
def test_what_cannot_be_reached_is_not_had(url: str) -> None:
    assert got(GuardedDownloads(LOOPBACK), url) == NOT_HAD


def test_missing_large_and_slow(server: tuple[int, list[tuple[str, str | None]]]) -> None:
    port, _ = server
    origin = f"http://127.0.0.1:{port}"

    assert got(GuardedDownloads(LOOPBACK), f"{origin}/missing") == NOT_HAD
    assert got(GuardedDownloads(LOOPBACK), f"{origin}/large") == "InvalidParameter"
    quick = GuardedDownloads(LOOPBACK, patience=0.2)
    assert got(quick, f"{origin}/slow") == "InvalidURL.Timeout"
