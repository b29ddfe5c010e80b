"""The DingTalk robot: its signature, its words, and what its codes mean."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.adapters.dingtalk.message import TITLES, markdown
from shared.adapters.dingtalk.sink import DingTalkSink, signature
from shared.adapters.memory.clock import ManualClock
from shared.domain.sinks import TYPES
from shared.ports.errors import ForbiddenError, RejectedError, ThrottledError, UnavailableError
from shared.transport.http import HttpClient
from tests.contract.messages_suite import event
from tests.unit.transport.peer import answers, hangs_up, peer

SECRET = "SECs3cret"
OK = b'{"errcode":0,"errmsg":"ok"}'


@pytest.fixture
def http() -> Iterator[HttpClient]:
    with contextlib.closing(HttpClient()) as client:
        yield client


def sink_of(url: str, http: HttpClient) -> DingTalkSink:
    address = f"{url}/robot/send?access_token=t0ken"
    return DingTalkSink(address, SECRET, http=http, clock=ManualClock(1_800_000_000.25), timeout=5)


def test_one_signed_post(http: HttpClient) -> None:
    with peer(answers(200, OK)) as other:
        said = sink_of(other.url, http).publish(event())

    (request,) = other.requests
    head, _, body = request.partition(b"\r\n\r\n")
    target = urlsplit(head.decode().split(" ")[1])
    asked = {name: value for name, (value,) in parse_qs(target.query).items()}
    digest = hmac.new(SECRET.encode(), b"1800000000250\n" + SECRET.encode(), hashlib.sha256)
    assert target.path == "/robot/send"
    assert asked == {
        "access_token": "t0ken",
        "timestamp": "1800000000250",
        "sign": base64.b64encode(digest.digest()).decode(),
    }
    assert json.loads(body)["msgtype"] == "markdown"
    assert said == "127.0.0.1: errcode 0"


def test_the_signature_is_over_timestamp_and_secret() -> None:
    """As the vendor's own example computes it, with `hmac` and `base64` alone."""
    expected = hmac.new(b"this is secret", b"1577262236757\nthis is secret", hashlib.sha256)

    made = signature("this is secret", "1577262236757")

    assert made == base64.b64encode(expected.digest()).decode()


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b'{"errcode":130101,"errmsg":"send too fast"}', ThrottledError),
        (b'{"errcode":310000,"errmsg":"sign not match"}', ForbiddenError),
        (b'{"errcode":-1,"errmsg":"busy"}', UnavailableError),
        (b'{"errcode":400013,"errmsg":"x"}', RejectedError),
        (b"<html>", UnavailableError),
        (b"[]", UnavailableError),
    ],
)
def test_a_refusal_comes_with_http_200(
    http: HttpClient, body: bytes, word: type[Exception]
) -> None:
    with peer(answers(200, body)) as other, pytest.raises(word) as caught:
        sink_of(other.url, http).publish(event())

    assert "t0ken" not in str(caught.value)
    assert SECRET not in str(caught.value)


def test_twenty_a_minute_are_enough_so_the_next_one_waits_a_minute(http: HttpClient) -> None:
    says = answers(200, b'{"errcode":130101}')
    with peer(says) as other, pytest.raises(ThrottledError) as caught:
        sink_of(other.url, http).publish(event())

    assert caught.value.retry_after == 60.0


@pytest.mark.parametrize(("status", "word"), [(302, RejectedError), (502, UnavailableError)])
def test_other_answers(http: HttpClient, status: int, word: type[Exception]) -> None:
    with peer(answers(status)) as other, pytest.raises(word, match=f"HTTP {status}"):
        sink_of(other.url, http).publish(event())


def test_hanging_up_is_unavailable(http: HttpClient) -> None:
    with peer(hangs_up) as other, pytest.raises(UnavailableError):
        sink_of(other.url, http).publish(event())


def test_every_type_has_a_title_in_both_languages() -> None:
    assert set(TITLES) == set(TYPES)


def test_the_message_is_for_people_and_names_are_no_markdown() -> None:
    reason = {"code": "TooSmall", "message": "too small", "message_zh": "太小", "remedy": "bigger"}
    told = event(
        type="maskline.job.rejected", subject="uploads/`#a\n**b**`.jpg", data={"reason": reason}
    )

    message = markdown(told)["markdown"]

    assert message["title"] == "照片不合要求 · Photo rejected"
    assert message["text"].split("\n") == [
        "#### 照片不合要求 · Photo rejected",
        "- `uploads/'#a **b**'.jpg`",
        "- 原因 reason: `TooSmall`",
        "- 太小",
        "- too small",
        "- bigger",
    ]
