"""The webhook sink, and its signature checked by the specification's own example."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest

from shared.adapters.memory.clock import ManualClock
from shared.adapters.webhook.sink import WebhookSink, signature
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


def test_hanging_up_is_unavailable(http: HttpClient) -> None:
    with peer(hangs_up) as other, pytest.raises(UnavailableError):
        sink_of(other.url, http).publish(event())
