"""What each service answers and what not; faults can be ordered for the former only."""

from __future__ import annotations

import http.client
import json
import logging
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.coverage import SERVICES, coverage_table
from scripts.localcloud.services.eventbridge.service import EventBridgeService
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.services.mns.service import MnsService
from scripts.localcloud.services.oss.service import OssService
from scripts.localcloud.services.ros.service import RosService
from scripts.localcloud.services.tablestore import messages
from scripts.localcloud.services.tablestore.service import TablestoreService
from tests.integration.localcloud.conftest import Serve

Make = Callable[[Cloud], Service]
Answer = tuple[int, bytes]


def xml_form(body: bytes) -> bool:
    names = {element.tag.rpartition("}")[2] for element in ET.fromstring(body)}  # noqa: S314 - our own server's answer
    return {"Code", "Message", "RequestId", "HostId"} <= names


def json_form(*fields: str) -> Callable[[bytes], bool]:
    return lambda body: set(fields) <= set(json.loads(body))


def protobuf_form(body: bytes) -> bool:
    error = messages.new("Error")
    error.ParseFromString(body)
    return bool(error.code and error.message)


def ros(cloud: Cloud) -> Service:
    return RosService(cloud, {}, lambda bucket, key: b"")


Case = tuple[Make, str, str, Callable[[bytes], bool]]
FORMS: list[Case] = [
    (OssService, "PATCH", "/", xml_form),
    (TablestoreService, "POST", "/ComputeSplits", protobuf_form),
    (FcService, "GET", "/2016-08-15/layers", json_form("ErrorCode", "ErrorMessage")),
    (MnsService, "PATCH", "/queues/q", xml_form),
    (ros, "GET", "/?Action=DoNothing", json_form("Code", "Message", "RequestId", "HostId")),
    (EventBridgeService, "POST", "/openapi/listBuses", json_form("code", "message", "requestId")),
]
IDS = ["oss", "tablestore", "fc", "mns", "ros", "eventbridge"]


def ask(endpoint: str, method: str, path: str) -> Answer:
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("case", FORMS, ids=IDS)
def test_what_is_not_offered_is_refused_in_the_vendors_form_and_logged_once(
    cloud: Cloud, serve_in_thread: Serve, caplog: pytest.LogCaptureFixture, case: Case
) -> None:
    make, method, path, well_formed = case
    caplog.set_level(logging.WARNING, "scripts.localcloud")
    service = make(cloud)
    endpoint = serve_in_thread(service)
    answers = [ask(endpoint, method, path) for _ in range(2)]
    said = [record.getMessage() for record in caplog.records if "not offered" in record.message]

    assert all(400 <= status < 600 and status != 500 for status, _ in answers)
    assert all(well_formed(body) for _, body in answers)
    assert len(said) == 1
    assert f"{service.name}: {method} {path.partition('?')[0]}" in said[0]
    assert "DoNothing" not in said[0]
    assert cloud.calls.snapshot()["calls"] == {service.name: {"unknown": 2}}


def test_the_provider_says_so_too(dashscope: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "scripts.localcloud")
    status, body = ask(dashscope.endpoint, "GET", "/api/v1/models")

    assert 400 <= status < 500
    assert json_form("code", "message", "request_id")(body)
    assert [r.getMessage() for r in caplog.records if "not offered" in r.message]


@pytest.mark.parametrize(
    ("operation", "near"), [("getobject", "GetObject"), ("PutObjct", "PutObject")]
)
def test_a_fault_on_a_misspelt_operation_is_refused_with_those_that_are_near(
    cloud: Cloud, serve_in_thread: Serve, operation: str, near: str
) -> None:
    serve_in_thread(OssService(cloud))
    order = {"service": "oss", "fault": "drop-before"}

    with pytest.raises(ValueError, match=f"did you mean .*{near}"):
        cloud.faults.add({**order, "operation": operation})
    with pytest.raises(ValueError, match="it has AbortMultipartUpload, "):
        cloud.faults.add({**order, "operation": "zzz"})
    for known in (near, "*", "event"):
        cloud.faults.add({**order, "operation": known})


def test_oss_has_a_handler_for_each_of_its_operations(cloud: Cloud) -> None:
    service = OssService(cloud)

    assert service.operations == set(service._handlers)


def test_the_table_has_a_row_for_every_service_that_faults_know() -> None:
    from scripts.localcloud.core.faults import SERVICES as KNOWN

    assert {service.name for service in SERVICES} == set(KNOWN)
    assert coverage_table().count("\n") == len(KNOWN) - 1
