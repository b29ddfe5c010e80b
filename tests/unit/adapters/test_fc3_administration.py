"""FC 3.0 in trouble: what is repeated, what is waited for, and what is said of what cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from shared.adapters.fc.acs3 import Signer
from shared.adapters.fc.administration3 import COMPARED, Fc3Administration
from shared.adapters.fc.api3 import Api3
from shared.adapters.fc.documents3 import Documents3
from shared.adapters.memory.clock import ManualClock
from shared.adapters.system.ids import RandomIds
from shared.ports.errors import RejectedError, ThrottledError, UnavailableError
from shared.transport.http import HttpClient
from tests.unit.template.described import resolved

Answers = Callable[[httpx.Request], httpx.Response]


class Service:
    """Answers by method, the last of them for ever; remembers what was asked."""

    def __init__(self, **answers: list[httpx.Response]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path.rpartition('functions/')[2]}")
        left = self.answers[request.method]
        return left.pop(0) if len(left) > 1 else left[0]


def told(**facts: Any) -> httpx.Response:
    return httpx.Response(200, json=facts)


def functions_of(service: Answers, clock: ManualClock | None = None) -> Fc3Administration:
    clock = clock or ManualClock()
    api = Api3(
        endpoint="https://fcv3.cn-beijing.aliyuncs.com",
        service="maskline",
        signer=Signer("LTAI-key", "s3cret"),
        http=HttpClient(transport=httpx.MockTransport(service)),
        signing=ManualClock(),
        ids=RandomIds(),
    )
    return Fc3Administration(Documents3(api, clock), functions=["submit"], clock=clock)


def test_looking_is_repeated_and_publishing_is_not() -> None:
    busy = httpx.Response(503, json={"Code": "ServerBusy"})
    service = Service(GET=[busy, busy, told(description="x")])
    assert functions_of(service).function("submit") == {"description": "x"}
    assert service.asked == ["GET maskline-submit"] * 3

    service = Service(GET=[told(versions=[])], POST=[busy])
    with pytest.raises(ThrottledError, match="PublishFunctionVersion maskline-submit: ServerBusy"):
        functions_of(service).publish("first")
    assert [line for line in service.asked if line.startswith("POST")] == [
        "POST maskline-submit/versions"
    ]


def test_a_change_that_takes_its_time_is_waited_for() -> None:
    changing = told(lastUpdateStatus="InProgress")
    service = Service(PUT=[told()], GET=[changing, changing, told(lastUpdateStatus="Successful")])
    clock = ManualClock()

    functions_of(service, clock).set_code("submit", "b", "k", "d")

    assert clock.monotonic() >= 2


@pytest.mark.parametrize(
    ("facts", "word", "said"),
    [
        ({"lastUpdateStatus": "InProgress"}, UnavailableError, "submit is still being changed"),
        (
            {"lastUpdateStatus": "Failed", "lastUpdateStatusReason": "no such role"},
            RejectedError,
            "the change of submit failed: no such role",
        ),
    ],
)
def test_a_change_that_comes_to_nothing_is_said(
    facts: Mapping[str, Any], word: type[Exception], said: str
) -> None:
    service = Service(PUT=[told()], GET=[told(**facts)])

    with pytest.raises(word, match=said):
        functions_of(service).set_code("submit", "b", "k", "d")


@pytest.mark.parametrize("body", [b"<html>", b"[1]"])
def test_an_answer_that_is_no_document_is_no_success(body: bytes) -> None:
    service = Service(GET=[httpx.Response(200, content=body)])

    with pytest.raises(UnavailableError, match="the answer is no"):
        functions_of(service).function("submit")


def test_listings_are_read_to_their_end() -> None:
    pages = [
        told(versions=[{"versionId": "1"}, {"versionId": "10"}], nextToken="9"),
        told(versions=[{"versionId": "9"}]),
    ]
    assert functions_of(Service(GET=pages)).versions() == ["submit 10", "submit 9", "submit 1"]


def test_everything_that_the_template_says_of_a_function_makes_another_version() -> None:
    from scripts.template.fc3 import VARIANT

    said = {
        name[:1].lower() + name[1:]
        for resource in resolved(VARIANT).values()
        if resource.type == "ALIYUN::FC3::Function"
        for name in resource.properties
    }

    assert said - {"functionName", "code"} <= set(COMPARED)
