"""FC 3.0 by our own request: signed as the vendor's SDK signs, and every answer has a word."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from shared.adapters.fc.acs3 import Signer
from shared.adapters.fc.api3 import Api3
from shared.adapters.fc.openapi import Fc3Invoker
from shared.adapters.memory.clock import ManualClock
from shared.ports.errors import (
    ForbiddenError,
    NotFoundError,
    PortError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from shared.transport.http import HttpClient

NOW = 1_795_672_800.0  # 2026-11-26T06:00:00Z
HOST = "fcv3.cn-beijing.aliyuncs.com"
SIGNED = (
    "content-type;host;x-acs-accesskey-id;x-acs-action;x-acs-content-sha256;x-acs-date;"
    "x-acs-security-token;x-acs-signature-nonce;x-acs-version;x-fc-async-task-id;"
    "x-fc-invocation-type"
)


class Ids:
    def new(self) -> str:
        return "0123456789abcdef01234567"


def invoker(answer: Callable[[httpx.Request], httpx.Response]) -> Fc3Invoker:
    api = Api3(
        endpoint=f"https://{HOST}/",
        service="maskline",
        signer=Signer("LTAI-key", "s3cret", "t0ken"),
        http=HttpClient(transport=httpx.MockTransport(answer)),
        signing=ManualClock(NOW),
        ids=Ids(),
    )
    return Fc3Invoker(api, clock=ManualClock(), qualifier="live")


def test_the_request_is_signed_as_the_vendors_sdk_signs_it() -> None:
    """The signature is that of alibabacloud-tea-openapi 0.4.6 for the same headers and body."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202)

    assert invoker(answer).invoke("poller", {"reason": "kick"}, invocation_id="kick-1") is True

    (request,) = seen
    path = "/2023-03-30/functions/maskline-poller/invocations"
    assert str(request.url) == f"https://{HOST}{path}?qualifier=live"
    assert request.content == b'{"reason":"kick"}'
    assert request.headers["host"] == HOST
    assert request.headers["x-acs-date"] == "2026-11-26T06:00:00Z"
    assert request.headers["authorization"] == (
        f"ACS3-HMAC-SHA256 Credential=LTAI-key,SignedHeaders={SIGNED},Signature="
        "f49fff5c932c956e75959aaf4b558f559e7b3b62bfef33649331c483e5c99195"
    )


def test_nothing_of_a_token_is_said_where_there_is_none() -> None:
    headers = Signer("LTAI-key", "s3cret").signed("POST", "/", {"host": HOST}, b"")

    assert set(headers) == {"host", "x-acs-content-sha256", "authorization"}
    assert "s3cret" not in repr(Signer("LTAI-key", "s3cret", "t0ken"))
    assert "t0ken" not in repr(Signer("LTAI-key", "s3cret", "t0ken"))


@pytest.mark.parametrize(
    ("status", "body", "word", "said"),
    [
        (400, {"Code": "InvalidArgument"}, RejectedError, "InvalidArgument"),
        (401, {"Code": "Unauthorized"}, ForbiddenError, "Unauthorized"),
        (403, {"Code": "AccessDenied"}, ForbiddenError, "AccessDenied"),
        (404, {"Code": "FunctionNotFound"}, NotFoundError, "FunctionNotFound"),
        (412, {}, RejectedError, "HTTP 412"),
        (429, {"Code": "ResourceExhausted"}, ThrottledError, "ResourceExhausted"),
        (500, {"Code": "InternalServerError"}, UnavailableError, "InternalServerError"),
        (503, "no json", ThrottledError, "HTTP 503"),
        (302, ["a list"], UnavailableError, "HTTP 302"),
    ],
)
def test_every_answer_has_a_word(status: int, body: Any, word: type[PortError], said: str) -> None:
    answer = httpx.Response(status, json=body, headers={"x-fc-request-id": "r-1"})

    with pytest.raises(PortError) as caught:
        invoker(lambda _: answer).invoke("poller", {}, invocation_id="kick-1")

    assert type(caught.value) is word
    assert str(caught.value) == (
        f"Function Compute InvokeFunction maskline-poller: {said} (request r-1)"
    )


def test_an_id_that_is_known_is_no_error() -> None:
    answer = httpx.Response(409, json={"Code": "AsyncTaskAlreadyExists"})

    assert invoker(lambda _: answer).invoke("poller", {}, invocation_id="kick-1") is False


def test_trouble_is_waited_out_with_the_same_id() -> None:
    answers = [httpx.Response(503), httpx.Response(429), httpx.Response(202)]
    ids = []

    def answer(request: httpx.Request) -> httpx.Response:
        ids.append(request.headers["x-fc-async-task-id"])
        return answers[len(ids) - 1]

    assert invoker(answer).invoke("poller", {}, invocation_id="kick-1") is True
    assert ids == ["kick-1"] * 3


def test_no_answer_at_all_is_unavailable() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(UnavailableError, match="InvokeFunction maskline-poller"):
        invoker(answer).invoke("poller", {}, invocation_id="kick-1")


def test_only_the_api_that_is_asked_for_is_loaded() -> None:
    program = (
        "import sys, shared.bootstrap._parts;"
        "print(sorted({'fc2', 'shared.adapters.fc.openapi'} & set(sys.modules)))"
    )

    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"
