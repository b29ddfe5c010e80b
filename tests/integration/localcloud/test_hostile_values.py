"""Documents of the right syntax with values of the wrong kind: refused with a 4xx, in each form.

Bytes that are wrong are in `test_hostile_bodies.py`; here JSON stays JSON, and each value of a
document that is understood is, in its turn, each of several odd ones.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import fc2
import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.offering import offered_types
from scripts.localcloud.services.eventbridge.service import EventBridgeService
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.services.mns.service import MnsService
from scripts.localcloud.services.oss.service import OssService
from scripts.localcloud.services.ros.service import RosService
from scripts.localcloud.services.tablestore.service import TablestoreService
from tests.contract.test_eventbridge import put as put_events
from tests.integration.localcloud.conftest import LoopThread, Serve
from tests.integration.localcloud.dashscope_client import Client
from tests.integration.localcloud.fc_client import client_of
from tests.integration.localcloud.ros_client import package, rpc_answer
from tests.integration.localcloud.test_hostile_bodies import exchange

ODD: tuple[Any, ...] = (None, True, -1, "", "\0", "\ud800", [[]], {"": None})


def places(document: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value of a document, the document itself aside."""
    steps: list[Any] = []
    if isinstance(document, dict):
        steps = list(document)
    elif isinstance(document, list):
        steps = list(range(len(document)))
    for step in steps:
        yield (*here, step)
        yield from places(document[step], (*here, step))


def changed(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A document with another value at a place."""
    made = copy.deepcopy(document)
    holder = made
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    return made


def oddities(document: Any) -> Iterator[Any]:
    """The document once for each of its values and each odd one, which stands in its place."""
    for place in places(document):
        for value in ODD:
            yield changed(document, place, value)


# --- Function Compute -------------------------------------------------------------------------

FUNCTION = {
    "functionName": "f",
    "runtime": "python3.10",
    "handler": "i.h",
    "initializer": "i.j",
    "timeout": 3,
    "memorySize": 128,
    "initializationTimeout": 3,
    "instanceConcurrency": 1,
    "instanceType": "e1",
    "description": "d",
    "code": {"zipFile": package()},
    "environmentVariables": {"A": "b"},
}
OSS_TRIGGER = {
    "triggerName": "o",
    "triggerType": "oss",
    "sourceArn": "acs:oss:cn-beijing:1:photos",
    "invocationRole": "acs:ram::1:role/r",
    "qualifier": "LATEST",
    "triggerConfig": {
        "events": ["oss:ObjectCreated:*"],
        "filter": {"key": {"prefix": "a/", "suffix": ".png"}},
    },
}
TOPIC_TRIGGER = {
    "triggerName": "m",
    "triggerType": "mns_topic",
    "sourceArn": "acs:mns:cn-beijing:1:/topics/t",
    "triggerConfig": {"notifyContentFormat": "JSON", "filterTag": "x"},
}
TIMER = {
    "triggerName": "t",
    "triggerType": "timer",
    "triggerConfig": {"cronExpression": "@every 1m", "enable": False, "payload": "x"},
}
ASYNCHRONOUS = {
    "maxAsyncRetryAttempts": 1,
    "maxAsyncEventAgeInSeconds": 9,
    "statefulInvocation": True,
    "destinationConfig": {"onFailure": {"destination": "acs:mns:a:b:/queues/q"}},
}
SERVICE = {
    "serviceName": "x",
    "description": "y",
    "role": "acs:ram::1:role/r",
    "internetAccess": True,
    "logConfig": {"project": "p", "logstore": "l"},
    "tracingConfig": {"type": "Jaeger", "params": {"endpoint": "e"}},
}
LISTS = (
    *("/services", "/services/s/functions", "/services/s/functions/f/triggers"),
    *("/services/s/aliases", "/services/s/versions", "/custom-domains"),
    *("/services/s/functions/f/async-invoke-configs", "/on-demand-configs", "/provision-configs"),
)
SUBMIT = "/api/v1/services/aigc/image2image/image-synthesis"
OF_FC: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/services", SERVICE),
    ("PUT", "/services/s", SERVICE),
    ("POST", "/services/s/functions", {**FUNCTION, "functionName": "g"}),
    ("PUT", "/services/s/functions/f", FUNCTION),
    ("POST", "/services/s/functions/f/triggers", OSS_TRIGGER),
    ("PUT", "/services/s/functions/f/triggers/o", OSS_TRIGGER),
    ("POST", "/services/s/functions/f/triggers", TOPIC_TRIGGER),
    ("POST", "/services/s/functions/f/triggers", TIMER),
    ("PUT", "/services/s/functions/f/triggers/t", TIMER),
    ("PUT", "/services/s/functions/f/async-invoke-config", ASYNCHRONOUS),
    ("PUT", "/services/s/functions/f/on-demand-config", {"maximumInstanceCount": 1}),
    ("PUT", "/services/s/functions/f/provision-config", {"target": 1}),
    ("POST", "/services/s/versions", {"description": "d"}),
    ("POST", "/services/s/aliases", {"aliasName": "a", "versionId": "1"}),
    ("PUT", "/services/s/aliases/live", {"versionId": "1", "additionalVersionWeight": {"1": 0.5}}),
    ("POST", "/custom-domains", {"domainName": "d.example", "protocol": "HTTP"}),
    ("PUT", "/custom-domains/e.example", {"routeConfig": {"routes": []}, "certConfig": {"a": 1}}),
    ("POST", "/tag", {"resourceArn": "services/s", "tags": {"k": "v"}}),
    ("DELETE", "/tag", {"resourceArn": "services/s", "tagKeys": ["k"], "all": False}),
)


@pytest.fixture
def fc(cloud: Cloud, serve_in_thread: Serve) -> fc2.Client:
    serve_in_thread(FcService(cloud))
    client = client_of(cloud)
    client.create_service("s")
    send_to_fc(cloud, client, "POST", "/services/s/functions", FUNCTION)
    client.publish_version("s")
    client.create_alias("s", "live", "1")
    client.create_custom_domain("e.example")
    for trigger in (OSS_TRIGGER, TIMER):
        send_to_fc(cloud, client, "POST", "/services/s/functions/f/triggers", trigger)
    return client


def send_to_fc(
    cloud: Cloud, client: fc2.Client, method: str, path: str, document: Any
) -> tuple[int, bytes]:
    whole = "/2016-08-15" + path
    headers = client._build_common_headers(method, whole, {})
    headers.pop("content-length", None)  # of no body
    return exchange(cloud.endpoints["fc"], method, whole, json.dumps(document).encode(), headers)


def test_values_in_documents_of_function_compute(
    cloud: Cloud, fc: fc2.Client, loop_thread: LoopThread
) -> None:
    later = {"X-Fc-Invocation-Type": "Async", "X-Fc-Async-Delay": "3600"}
    everything = ((m, path, sent) for m, path, document in OF_FC for sent in oddities(document))
    for method, path, sent in everything:
        status, told = send_to_fc(cloud, fc, method, path, sent)
        assert status < 500, (sent, told)
        if status >= 400:
            assert {"ErrorCode", "ErrorMessage"} <= set(json.loads(told))
            continue
        # What was taken can be lived with, here and below: asked to run, started, listed.
        with contextlib.suppress(fc2.FcError):
            fc.invoke_function("s", "f", headers=later)

    for listed in LISTS:
        assert send_to_fc(cloud, fc, "GET", listed, {})[0] == 200
    record = {"bucket": {"name": "photos"}, "object": {"key": "a/b.png"}}
    event = {"eventName": "ObjectCreated:PutObject", "oss": record}
    loop_thread.run(cloud.bus.publish("oss.object-created", {"record": event}))
    notice = {"TopicName": "t", "Message": "m"}
    loop_thread.run(cloud.bus.publish("mns.published", {"notice": notice, "tag": ""}))


# --- DashScope --------------------------------------------------------------------------------


def test_values_in_submissions(dashscope: Client, configure: Callable[..., Any]) -> None:
    configure(submit_qps=100_000)
    document = {
        "model": "wanx2.1-imageedit",
        "input": {"image_url": "http://127.0.0.1:9/a.png", "mask_url": "http://127.0.0.1:9/m.png"},
        "parameters": {"n": 1},
    }
    headers = {
        "Authorization": f"Bearer {dashscope.key}",
        "Content-Type": "application/json",
        "X-DashScope-Async": "enable",
    }
    for model in ("image-instance-segmentation", "image-erase-completion", "another"):
        for sent in oddities({**document, "model": model}):
            body = json.dumps(sent).encode()
            status, told = exchange(dashscope.endpoint, "POST", SUBMIT, body, headers)
            assert status < 500, (sent, told)
            assert status < 400 or set(json.loads(told)) == {"code", "message", "request_id"}

    assert dashscope.ask("GET", "/tasks")[0] == 200


# --- EventBridge ------------------------------------------------------------------------------


def test_values_in_events(cloud: Cloud, serve_in_thread: Serve) -> None:
    serve_in_thread(EventBridgeService(cloud))
    event = {
        "id": "1",
        "source": "s",
        "specversion": "1.0",
        "type": "t",
        "time": "2026-11-26T00:00:00Z",
        "subject": "x",
        "datacontenttype": "application/json",
        "data": {"a": [1]},
        "aliyuneventbusname": "b",
    }

    for sent in oddities([event, event]):
        said = put_events(cloud, sent)
        taken = {"FailedEntryCount", "EntryList"} <= set(said)
        assert taken or said["code"] == "InvalidArgument", (sent, said)


# --- ROS --------------------------------------------------------------------------------------

TEMPLATE = {
    "ROSTemplateFormatVersion": "2015-09-01",
    "Description": {"en": "d"},
    "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
    "Mappings": {"M": {"k": {"v": "w"}}},
    "Locals": {"L": {"Type": "Macro", "Value": {"Fn::Join": ["-", ["a", {"Ref": "P"}]]}}},
    "Parameters": {
        "P": {
            "Type": "String",
            "Default": "x",
            "AllowedValues": ["x", "y"],
            "AllowedPattern": "[xy]",
            "MinLength": 1,
            "MaxLength": 9,
            "NoEcho": False,
            "Label": {"en": "l"},
            "ConstraintDescription": "c",
        },
        "N": {"Type": "Number", "Default": 1, "MinValue": 0, "MaxValue": 9},
    },
    "Resources": {
        "Queue": {
            "Type": "ALIYUN::MNS::Queue",
            "Condition": "C",
            "DependsOn": ["Bucket"],
            "DeletionPolicy": "Retain",
            "Properties": {"QueueName": {"Fn::Sub": "q-${P}"}, "DelaySeconds": 1},
        },
        "Bucket": {"Type": "ALIYUN::OSS::Bucket", "Properties": {"BucketName": "hostile-bucket"}},
        "Table": {
            "Type": "ALIYUN::OTS::Table",
            "Properties": {
                "InstanceName": "i",
                "TableName": "t",
                "PrimaryKey": [{"Name": "pk", "Type": "STRING"}],
            },
        },
        "Service": {"Type": "ALIYUN::FC::Service", "Properties": {"ServiceName": "s"}},
    },
    "Outputs": {"O": {"Value": {"Fn::GetAtt": ["Queue", "QueueName"]}, "Condition": "C"}},
}


def test_values_in_templates(cloud: Cloud, serve_in_thread: Serve) -> None:
    parts = (TablestoreService(cloud), MnsService(cloud), OssService(cloud), FcService(cloud))
    for part in parts:
        serve_in_thread(part)
    serve_in_thread(RosService(cloud, offered_types(cloud, parts), parts[2].read_object))

    def answer(action: str, sent: Any) -> None:
        given = {"TemplateBody": json.dumps(sent), "StackName": "s"}
        status, told = rpc_answer(cloud, action, given)
        assert status < 500, (action, sent, told)
        assert status < 400 or {"Code", "Message", "RequestId", "HostId"} <= set(told)

    for sent in oddities(TEMPLATE):
        answer("PreviewStack", sent)
    for section in ("Parameters", "Outputs"):
        rest = {name: part for name, part in TEMPLATE.items() if name != section}
        for sent in oddities({section: TEMPLATE[section]}):
            answer("ValidateTemplate", {**rest, **sent})
    assert (
        rpc_answer(cloud, "PreviewStack", {"TemplateBody": "[" * 10_000, "StackName": "s"})[0]
        == 400
    )


def test_the_odd_values_are_where_they_were_put() -> None:
    document = {"a": [{"b": 1}], "c": base64.b64encode(b"x").decode()}

    assert list(places(document)) == [("a",), ("a", 0), ("a", 0, "b"), ("c",)]
    assert changed(document, ("a", 0, "b"), None) == {"a": [{"b": None}], "c": document["c"]}
