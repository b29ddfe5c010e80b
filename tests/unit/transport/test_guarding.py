"""Where a webhook may be sent: the address that is judged is the one that is connected to."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from shared.transport.addresses import AddressPolicy, parse_networks
from shared.transport.guarding import GuardedTransport
from shared.transport.http import HttpClient, NotConnectedError
from tests.unit.transport.peer import answers, peer

LOOPBACK = AddressPolicy(allowed=parse_networks(["127.0.0.0/8"]))


class Names:
    """A resolver that answers each time with the next list; it counts how often it was asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


class Seen(httpx.BaseTransport):
    """What would have been connected to."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(204)


@contextlib.contextmanager
def guarded(policy: AddressPolicy, names: Names, inner: Seen) -> Iterator[HttpClient]:
    transport = GuardedTransport(policy, resolve=names, inner=inner)
    with contextlib.closing(HttpClient(transport=transport)) as client:
        yield client


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "224.0.0.1",
    ],
)
def test_nothing_goes_where_nobody_may_be_sent(address: str) -> None:
    inner = Seen()
    with (
        guarded(AddressPolicy(), Names([address]), inner) as http,
        pytest.raises(NotConnectedError, match="MASKLINE_SINK_NETWORKS") as caught,
    ):
        http.exchange("POST", "https://shop.example.com/s3cret", timeout=5)

    assert inner.requests == []
    assert "s3cret" not in str(caught.value)
    assert address not in str(caught.value)


def test_the_name_is_asked_for_once_and_its_public_address_connected_to() -> None:
    inner, names = Seen(), Names(["10.0.0.1", "93.184.216.34"], ["127.0.0.1"])
    with guarded(AddressPolicy(), names, inner) as http:
        http.exchange("POST", "https://shop.example.com/hook?a=1", timeout=5)

    (request,) = inner.requests
    assert names.asked == [("shop.example.com", 443)]
    assert request.url.host == "93.184.216.34"
    assert request.headers["host"] == "shop.example.com"
    assert request.extensions["sni_hostname"] == "shop.example.com"
    assert request.extensions["target"] == b"/hook?a=1"


def test_a_name_that_changes_its_address_between_two_requests_is_judged_each_time() -> None:
    inner, names = Seen(), Names(["93.184.216.34"], ["169.254.169.254"])
    with guarded(AddressPolicy(), names, inner) as http:
        http.exchange("POST", "https://shop.example.com/", timeout=5)
        with pytest.raises(NotConnectedError):
            http.exchange("POST", "https://shop.example.com/", timeout=5)

    assert len(inner.requests) == 1


def test_what_is_allowed_is_reached_by_its_name() -> None:
    with peer(answers(204)) as other:
        port = urlsplit(other.url).port
        transport = GuardedTransport(LOOPBACK, resolve=Names(["127.0.0.1"]))
        with contextlib.closing(HttpClient(transport=transport)) as http:
            answer = http.exchange("POST", f"http://shop.example.com:{port}/hook", timeout=5)

    assert answer.status == 204
    assert f"Host: shop.example.com:{port}".encode() in other.requests[0]


def test_the_metadata_service_is_never_allowed() -> None:
    everything = AddressPolicy(allowed=parse_networks(["0.0.0.0/0"]))
    with (
        guarded(everything, Names(["100.100.100.200"]), Seen()) as http,
        pytest.raises(NotConnectedError),
    ):
        http.exchange("GET", "http://x.example.com/", timeout=5)


def test_a_name_that_nobody_knows_is_told_as_that() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("s3cret")

    transport = GuardedTransport(LOOPBACK, resolve=unknown)
    with (
        contextlib.closing(HttpClient(transport=transport)) as http,
        pytest.raises(NotConnectedError, match="name is not known"),
    ):
        http.exchange("GET", "http://x.example.com/", timeout=5)
