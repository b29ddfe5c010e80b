"""The webhook sink, and its signature checked by the specification's own example."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.memory.clock import ManualClock
from shared.adapters.webhook.sink import WebhookSink, _key_of, signature
from shared.ports.errors import (
    ForbiddenError,
    GoneError,
    NotFoundError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from shared.transport.http import HttpClient
from tests.contract.messages_suite import event
from tests.unit.transport.peer import answers, hangs_up, peer
from tests.unit.transport.tls_peer import tls_peer

SECRET = "whsec_" + base64.b64encode(b"a key of twenty-four by.").decode()


@pytest.fixture
def http() -> Iterator[HttpClient]:
    with contextlib.closing(HttpClient()) as client:
        yield client


def sink_of(url: str, http: HttpClient, *secrets: str) -> WebhookSink:
    return WebhookSink(
        url, secrets or [SECRET], http=http, clock=ManualClock(1_800_000_000.9), timeout=5
    )


def test_the_specifications_own_example() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'

    made = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)

    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("secret", "key"), [(SECRET, b"a key of twenty-four by."), ("plain text", b"plain text")]
)
def test_one_signed_post(http: HttpClient, secret: str, key: bytes) -> None:
    with peer(answers(204)) as other:
        sink_of(f"{other.url}/hook?a=1", http, secret).publish(event())

    (request,) = other.requests
    head, _, body = request.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    assert first == "POST /hook?a=1 HTTP/1.1"
    assert headers["content-type"] == "application/cloudevents+json"
    assert headers["webhook-id"] == "j-1:maskline.job.done:1"
    assert headers["webhook-timestamp"] == "1800000000"
    signed = b"j-1:maskline.job.done:1.1800000000." + body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert json.loads(body)["data"]["people"] == 2


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (302, RejectedError),
        (400, RejectedError),
        (401, ForbiddenError),
        (404, NotFoundError),
        (410, GoneError),
        (429, ThrottledError),
        (500, UnavailableError),
        (503, ThrottledError),
    ],
)
def test_only_a_2xx_is_a_delivery(http: HttpClient, status: int, word: type[Exception]) -> None:
    says = answers(status, b"", {"Location": "/other"})
    with peer(says) as other, pytest.raises(word, match=r"127\.0\.0\.1: HTTP") as caught:
        sink_of(f"{other.url}/s3cret", http).publish(event())

    assert len(other.requests) == 1
    assert "s3cret" not in str(caught.value)


def test_each_secret_signs_while_one_is_exchanged(http: HttpClient) -> None:
    old, new = ("whsec_" + base64.b64encode(bytes([n]) * 24).decode() for n in (1, 2))
    with peer(answers(204)) as other:
        sink_of(other.url, http, new, old).publish(event())

    (request,) = other.requests
    head, _, body = request.partition(b"\r\n\r\n")
    rows = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
    headers = {name.lower(): value for name, _, value in rows}
    assert len(headers["webhook-signature"].split()) == 2
    for secret in (old, new):
        stamp = headers["webhook-timestamp"]
        mine = signature(_key_of(secret), headers["webhook-id"], stamp, body)
        assert mine in headers["webhook-signature"].split()


def test_the_pause_that_is_asked_for_is_told(http: HttpClient) -> None:
    for said, seconds in (("120", 120.0), ("Wed, 21 Oct 2015 07:28:00 GMT", None)):
        says = answers(429, b"", {"Retry-After": said})
        with peer(says) as other, pytest.raises(ThrottledError) as caught:
            sink_of(other.url, http).publish(event())

        assert caught.value.retry_after == seconds


def test_a_redirect_is_told_as_one_without_where_it_leads(http: HttpClient) -> None:
    says = answers(307, b"", {"Location": "https://other.example.com/s3cret"})
    with peer(says) as other, pytest.raises(RejectedError, match="redirect") as caught:
        sink_of(other.url, http).publish(event())

    assert "other.example.com" not in str(caught.value)


def test_a_certificate_that_nobody_vouches_for_is_told_as_that(
    http: HttpClient, tmp_path: Path
) -> None:
    with tls_peer(tmp_path) as url, pytest.raises(UnavailableError, match="TLS failed: self"):
        sink_of(url, http).publish(event())


def test_hanging_up_is_unavailable(http: HttpClient) -> None:
    with peer(hangs_up) as other, pytest.raises(UnavailableError):
        sink_of(other.url, http).publish(event())
