"""Every fault on every operation of every service: ordered over HTTP, met over HTTP.

`every_operation.txt` has one request for each operation of the coverage table; an operation that is
new needs a line there. The requests are not signed: a fault strikes before or after the service
looks at them, and what a service would say of them is its refusal.
"""

from __future__ import annotations

import http.client
import json
import select
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from scripts.localcloud.control.api import Control
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service, listen
from scripts.localcloud.coverage import SERVICES
from scripts.localcloud.services.dashscope.service import DashScopeService
from scripts.localcloud.services.eventbridge.service import EventBridgeService
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.services.mns.service import MnsService
from scripts.localcloud.services.oss.service import OssService
from scripts.localcloud.services.ros.service import RosService
from scripts.localcloud.services.tablestore.service import TablestoreService
from tests.integration.localcloud.conftest import LoopThread, Serve, free_port
from tests.integration.localcloud.dashscope_client import ENGINE

LINES = Path(__file__).with_name("every_operation.txt").read_text().splitlines()
PLANTED = 503, "Planted"
MAKERS: dict[str, Callable[[Cloud], Service]] = {
    "oss": OssService,
    "tablestore": TablestoreService,
    "fc": FcService,
    "mns": MnsService,
    "dashscope": lambda cloud: DashScopeService(cloud, engine_command=ENGINE),
    "ros": lambda cloud: RosService(cloud, {}, lambda bucket, key: b""),
    "eventbridge": EventBridgeService,
}
Order = Callable[..., None]
Answer = tuple[int, bytes]


class Request(NamedTuple):
    """One line: `service operation METHOD target [header:value]`."""

    service: str
    operation: str
    method: str
    target: str
    headers: dict[str, str]


def read(line: str) -> Request:
    service, operation, method, target, *header = line.split()
    return Request(service, operation, method, target, dict(one.split(":", 1) for one in header))


REQUESTS = [read(line) for line in LINES]


@pytest.fixture(params=MAKERS)
def requests(request: pytest.FixtureRequest, cloud: Cloud, serve_in_thread: Serve) -> list[Request]:
    """The requests to one service, which runs."""
    serve_in_thread(MAKERS[request.param](cloud))
    return [one for one in REQUESTS if one.service == request.param]


@pytest.fixture
def order(cloud: Cloud, loop_thread: LoopThread) -> Iterator[Order]:
    """`order(request, fault)` plants one fault by the control interface."""
    nobody: Any = None
    control = Control(cloud, provider=nobody, functions=nobody, topics=nobody, buses=nobody)
    port = free_port()
    runner = loop_thread.run(listen(control.answer, "127.0.0.1", port, name="control"))

    def plant(request: Request, fault: str) -> None:
        body = {"service": request.service, "operation": request.operation, "fault": fault}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("POST", "/_control/faults", json.dumps({**body, "count": 1}))
        assert connection.getresponse().status == 204
        connection.close()

    yield plant
    loop_thread.run(runner.cleanup())


def asked(cloud: Cloud, request: Request) -> http.client.HTTPConnection:
    """A connection on which the request is sent and its answer not read."""
    place = cloud.endpoints[request.service].removeprefix("http://")
    connection = http.client.HTTPConnection(place, timeout=20)
    connection.request(request.method, request.target, b"", request.headers)
    return connection


def answered(connection: http.client.HTTPConnection) -> Answer:
    try:
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def ask(cloud: Cloud, request: Request) -> Answer:
    return answered(asked(cloud, request))


def test_there_is_a_request_for_every_operation_of_the_coverage_table() -> None:
    known = {(service.name, name) for service in SERVICES for name in service.operations}

    assert sorted((one.service, one.operation) for one in REQUESTS) == sorted(known)


def test_an_error_is_in_the_services_form_and_struck_once(
    cloud: Cloud, requests: list[Request], order: Order
) -> None:
    for request in requests:
        order(request, "error:503:Planted")
        status, body = ask(cloud, request)
        after = ask(cloud, request)

        assert status == PLANTED[0], request
        assert PLANTED[1].encode() in body or request.method == "HEAD", request
        assert after[0] != PLANTED[0], request
        assert PLANTED[1].encode() not in after[1], request


@pytest.mark.parametrize("fault", ["drop-before", "drop-after"])
def test_an_answer_is_lost_once(
    cloud: Cloud, requests: list[Request], order: Order, fault: str
) -> None:
    for request in requests:
        order(request, fault)
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            ask(cloud, request)

        assert ask(cloud, request)[0] >= 200, request


def test_a_truncated_answer_announces_more_than_it_brings(
    cloud: Cloud, requests: list[Request], order: Order
) -> None:
    for request in requests:
        whole = ask(cloud, request)[1]
        order(request, "truncate")
        connection = asked(cloud, request)
        if not whole:  # there is nothing to cut
            assert answered(connection)[1] == b"", request
            continue
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            answered(connection)


def test_an_answer_is_late_by_the_clouds_clock(
    cloud: Cloud, requests: list[Request], order: Order
) -> None:
    for request in requests:
        order(request, "delay:3600")
        connection = asked(cloud, request)
        assert isinstance(connection.sock, socket.socket)
        early = select.select([connection.sock], [], [], 0.01)[0]
        cloud.clock.advance(3600)

        assert not early, request
        assert answered(connection)[0] >= 200, request


def test_the_ledger_has_every_request_and_its_peak(
    cloud: Cloud, requests: list[Request], order: Order
) -> None:
    for request in requests:
        order(request, "drop-before")
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            ask(cloud, request)
        ask(cloud, request)
    told = cloud.calls.snapshot()

    assert told["calls"] == {requests[0].service: {one.operation: 2 for one in requests}}
    assert all(1 <= peak <= 2 for peak in told["peaks"][requests[0].service].values())
