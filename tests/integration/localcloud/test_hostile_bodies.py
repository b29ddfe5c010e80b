"""Signed requests with hostile bodies, queries and headers: a 4xx in the vendor's form at worst.

Each decoder of the wire is reached by mutants of a document that it understands.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from email.utils import formatdate
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import oss2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.services.mns import signatures as mns
from scripts.localcloud.services.mns.service import MnsService
from scripts.localcloud.services.oss.service import OssService
from scripts.localcloud.services.tablestore import messages
from scripts.localcloud.services.tablestore import signatures as ots
from scripts.localcloud.services.tablestore.service import TablestoreService
from tests.integration.localcloud.conftest import Serve
from tests.integration.localcloud.dashscope_client import Client
from tests.integration.localcloud.fc_client import client_of
from tests.integration.localcloud.oss_client import Account
from tests.integration.localcloud.oss_pictures import halves, put
from tests.integration.localcloud.tablestore_client import ANY, make_client, make_jobs, sdk

hostile = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
Answer = tuple[int, bytes]
AWKWARD = (
    b"<",
    b">",
    b"&#0;",
    b"&x;",
    b"\0",
    b"\xff\xfe",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"-1",
    b"9" * 30,
    b"1e999",
    b"NaN",
    b"null",
    b"[]",
    b"{",
    b'"',
    b"\x80" * 12,
)


@st.composite
def mutants(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """A document that is understood, a few places of which are cut, doubled or replaced."""
    body = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 12)))
        new = draw(st.one_of(st.sampled_from(AWKWARD), st.binary(max_size=6), st.just(b"")))
        body = body[:start] + new + body[end:]
    return body


def exchange(endpoint: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=20)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def is_xml_error(answer: Answer) -> bool:
    names = {part.tag.rpartition("}")[2] for part in ET.fromstring(answer[1])}  # noqa: S314 - ours
    return 400 <= answer[0] < 500 and {"Code", "Message", "RequestId"} <= names


# --- OSS --------------------------------------------------------------------------------------


@pytest.fixture
def bucket(cloud: Cloud, serve_in_thread: Serve) -> Iterator[oss2.Bucket]:
    account = Account(cloud, serve_in_thread(OssService(cloud)))
    made = account.bucket()
    put(made, halves(), "PNG")
    yield made
    account.close()


def asked_of_oss(
    bucket: oss2.Bucket, method: str, key: str, query: dict[str, str], body: bytes = b""
) -> None:
    try:
        bucket._do(method, bucket.bucket_name, key, params=query, data=body).read()
    except oss2.exceptions.OssError as refusal:
        error = refusal
    else:
        return
    assert 400 <= error.status < 500 or error.code == "NotImplemented", error
    assert error.code
    assert error.request_id


OSS_DOCUMENTS = {
    ("POST", "", "delete"): b"<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object></Delete>",
    ("PUT", "p", "tagging"): (
        b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
    ),
    ("PUT", "", ""): (
        b"<CreateBucketConfiguration><StorageClass>IA</StorageClass></CreateBucketConfiguration>"
    ),
    ("PUT", "", "lifecycle"): (
        b"<LifecycleConfiguration><Rule><ID>r</ID><Prefix>x/</Prefix><Status>Enabled</Status>"
        b"<Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>"
    ),
}


@pytest.mark.parametrize("place", OSS_DOCUMENTS, ids=lambda place: " ".join(place).strip())
def test_documents_of_oss(bucket: oss2.Bucket, place: tuple[str, str, str]) -> None:
    method, key, subresource = place

    @hostile
    @given(mutants((OSS_DOCUMENTS[place],)))
    def run(body: bytes) -> None:
        asked_of_oss(bucket, method, key, {subresource: ""} if subresource else {}, body)

    run()


def test_the_list_of_parts(bucket: oss2.Bucket) -> None:
    upload = bucket.init_multipart_upload("parts").upload_id
    part = bucket.upload_part("parts", upload, 1, b"x" * 1000).etag
    seed = (
        f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{part}</ETag></Part>"
        "</CompleteMultipartUpload>"
    ).encode()

    @hostile
    @given(mutants((seed,)))
    def run(body: bytes) -> None:
        asked_of_oss(bucket, "POST", "parts", {"uploadId": upload}, body)

    run()


PROCESSES = (
    b"image/resize,m_lfit,w_100,h_100,limit_0",
    b"image/crop,x_1,y_2,w_30,h_40,g_se",
    b"image/rotate,90/auto-orient,1/format,jpg/quality,Q_80",
    b"image/info",
    b"style/x",
    b"image/resize,p_50|sys/saveas,o_YQ==,b_Yg",
)


def test_processes_of_pictures(bucket: oss2.Bucket) -> None:
    @hostile
    @given(mutants(PROCESSES), st.booleans())
    def run(process: bytes, saving: bool) -> None:
        text = process.decode("utf-8", "replace")
        if saving:
            body = f"x-oss-process={text}".encode()
            asked_of_oss(bucket, "POST", "p", {"x-oss-process": ""}, body)
        else:
            asked_of_oss(bucket, "GET", "p", {"x-oss-process": text})

    run()


QUERIES = (
    "prefix",
    "marker",
    "delimiter",
    "max-keys",
    "encoding-type",
    "list-type",
    "start-after",
    "continuation-token",
    "fetch-owner",
    "uploads",
    "partNumber",
    "uploadId",
    "position",
)


def test_queries_of_oss(bucket: oss2.Bucket) -> None:
    values = st.one_of(st.text(max_size=8), st.sampled_from(("-1", "0", "2", "99999999999", "url")))

    @hostile
    @given(
        st.dictionaries(st.sampled_from(QUERIES), values), st.sampled_from(("GET", "PUT", "POST"))
    )
    def run(query: dict[str, str], method: str) -> None:
        asked_of_oss(bucket, method, "k" if method != "GET" else "", query)

    run()


HEADERS = (
    "Range",
    "If-Modified-Since",
    "If-Match",
    "Content-MD5",
    "x-oss-object-acl",
    "Date",
    "x-oss-tagging",
    "x-oss-copy-source",
    "Authorization",
    "x-oss-date",
    "Expires",
    "x-oss-storage-class",
    "Content-Type",
    "x-oss-security-token",
    "Host",
)
SEEDS = (
    b"bytes=0-3",
    b"bytes=5-",
    b"Thu, 01 Jan 2026 00:00:00 GMT",
    b"a=b&c=d",
    b"/bucket/key",
    b"OSS LTAI:c2ln",
    b"OSS4-HMAC-SHA256 Credential=a/20260101/cn/oss/aliyun_v4_request,Signature=00",
    b"99991231T235959Z",
    b"Thu, 01 Jan 0000 00:00:00 -9999",
)


def test_headers_of_oss(bucket: oss2.Bucket, cloud: Cloud) -> None:
    path = f"/{bucket.bucket_name}/p"

    @hostile
    @given(st.sampled_from(HEADERS), mutants(SEEDS), st.booleans())
    def run(name: str, value: bytes, signed_url: bool) -> None:
        text = value.decode("latin-1").translate(dict.fromkeys((0, 10, 13)))
        url = bucket.sign_url("GET", "p", 60).removeprefix(bucket.endpoint)
        status, body = exchange(
            cloud.endpoints["oss"], "GET", url if signed_url else path, b"", {name: text}
        )
        assert status < 400 or is_xml_error((status, body))

    run()


# --- MNS --------------------------------------------------------------------------------------

MNS_DOCUMENTS = (
    (
        b"<Message><MessageBody>x</MessageBody><DelaySeconds>1</DelaySeconds><Priority>8</Priority>"
        b"<UserProperties><PropertyValue><Name>a</Name><Value>b</Value><Type>STRING</Type>"
        b"</PropertyValue></UserProperties></Message>"
    ),
    b"<Messages><Message><MessageBody>x</MessageBody></Message></Messages>",
    b"<Queue><VisibilityTimeout>30</VisibilityTimeout></Queue>",
    b"<Topic><MaximumMessageSize>1024</MaximumMessageSize></Topic>",
    b"<Subscription><Endpoint>http://127.0.0.1:9/</Endpoint></Subscription>",
    b"<ReceiptHandles><ReceiptHandle>1-2</ReceiptHandle></ReceiptHandles>",
)
MNS_PLACES = (
    ("PUT", "/queues/q"),
    ("PUT", "/queues/q?metaoverride=true"),
    ("POST", "/queues/q/messages"),
    ("DELETE", "/queues/q/messages"),
    ("PUT", "/topics/t"),
    ("POST", "/topics/t/messages"),
    ("PUT", "/topics/t/subscriptions/s"),
    ("PUT", "/queues/q/messages?ReceiptHandle=1&VisibilityTimeout="),
    ("GET", "/queues/q/messages?waitseconds=0&numOfMessages="),
)


def test_documents_of_mns(cloud: Cloud, serve_in_thread: Serve) -> None:
    endpoint = serve_in_thread(MnsService(cloud))
    identity = cloud.identity

    def send(method: str, path: str, body: bytes) -> Answer:
        headers = {
            "date": formatdate(usegmt=True),
            "content-type": "text/xml",
            "x-mns-version": "2015-06-06",
        }
        text = mns.string_to_sign(method, path, headers)
        signature = mns.sign(identity.access_key_secret, text)
        headers["authorization"] = f"MNS {identity.access_key_id}:{signature}"
        return exchange(endpoint, method, path, body, headers)

    assert send("PUT", "/queues/q", b"<Queue/>")[0] == 201

    @hostile
    @given(st.sampled_from(MNS_PLACES), mutants(MNS_DOCUMENTS), st.text(max_size=6))
    def run(place: tuple[str, str], body: bytes, value: str) -> None:
        method, path = place
        path += quote(value) if path.endswith("=") else ""
        answer = send(method, path, body)
        assert answer[0] < 400 or is_xml_error(answer), answer

    run()


# --- Tablestore -------------------------------------------------------------------------------


def test_messages_of_tablestore(cloud: Cloud, serve_in_thread: Serve) -> None:
    endpoint = serve_in_thread(TablestoreService(cloud))
    client = make_client(endpoint, cloud, version="V2")
    seen: list[tuple[str, bytes]] = []
    encode = client.protocol.make_request

    def recorded(*given_: Any, **named: Any) -> Any:
        made = encode(*given_, **named)
        seen.append((given_[0], made[2]))
        return made

    client.protocol.make_request = recorded
    make_jobs(client)
    key = [("pk", "a")]
    row = sdk.Row(key, [("n", 1), ("s", "x"), ("b", bytearray(b"y"))])
    calls: tuple[Callable[[], Any], ...] = (
        lambda: client.put_row("jobs", row, ANY),
        lambda: client.update_row("jobs", sdk.Row(key, {"increment": [("n", 1)]}), ANY),
        lambda: client.get_row("jobs", key, max_version=1),
        lambda: client.get_range(
            "jobs", "FORWARD", [("pk", sdk.INF_MIN)], [("pk", sdk.INF_MAX)], max_version=1, limit=3
        ),
        lambda: client.describe_table("jobs"),
        lambda: client.delete_row("jobs", key, ANY),
    )
    for call in calls:
        with contextlib.suppress(sdk.OTSServiceError, sdk.OTSClientError):
            call()
    identity = cloud.identity

    def send(operation: str, body: bytes) -> Answer:
        path = f"/{operation}"
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        headers = {
            "x-ots-date": now,
            "x-ots-apiversion": "2015-12-31",
            "x-ots-accesskeyid": identity.access_key_id,
            "x-ots-instancename": identity.tablestore_instance,
            "x-ots-contentmd5": ots.content_md5(body),
        }
        key = identity.access_key_secret.encode()
        headers["x-ots-signature"] = ots.request_signature(path, headers, key)
        return exchange(endpoint, "POST", path, body, headers)

    by_operation = dict(seen)
    assert len(by_operation) >= 6

    @settings(hostile, max_examples=300)
    @given(st.data(), st.sampled_from(sorted(by_operation)))
    def run(data: st.DataObject, operation: str) -> None:
        status, body = send(operation, data.draw(mutants((by_operation[operation],))))
        if status != 200:
            error = messages.new("Error")
            error.ParseFromString(body)
            assert 400 <= status < 500, (status, error)
            assert error.code

    run()


# --- Function Compute and DashScope -----------------------------------------------------------


def test_documents_of_function_compute(cloud: Cloud, serve_in_thread: Serve) -> None:
    serve_in_thread(FcService(cloud))
    client = client_of(cloud)
    client.create_service("s")
    code = base64.b64encode(b"PK\x05\x06" + b"\0" * 18).decode()
    function = {
        "functionName": "f",
        "runtime": "python3.10",
        "handler": "i.h",
        "timeout": 3,
        "memorySize": 128,
        "code": {"zipFile": code},
        "environmentVariables": {"A": "b"},
    }
    trigger = {
        "triggerName": "t",
        "triggerType": "timer",
        "triggerConfig": {"cronExpression": "@every 1m", "enable": False, "payload": ""},
    }
    asynchronous = {
        "maxAsyncRetryAttempts": 1,
        "maxAsyncEventAgeInSeconds": 9,
        "destinationConfig": {"onFailure": {"destination": "acs:mns:a:b:/queues/q"}},
    }
    places = (
        (
            "POST",
            "/services",
            {"serviceName": "x", "description": "y", "role": "acs:ram::1:role/r"},
        ),
        ("PUT", "/services/s", {"description": "y"}),
        ("POST", "/services/s/functions", function),
        ("PUT", "/services/s/functions/f", function),
        ("POST", "/services/s/functions/f/triggers", trigger),
        ("PUT", "/services/s/functions/f/triggers/t", trigger),
        ("PUT", "/services/s/functions/f/async-invoke-config", asynchronous),
        ("POST", "/services/s/aliases", {"aliasName": "a", "versionId": "1"}),
    )

    @settings(hostile, max_examples=200)
    @given(st.data(), st.sampled_from(places))
    def run(data: st.DataObject, place: tuple[str, str, dict[str, Any]]) -> None:
        method, path, document = place
        body = data.draw(mutants((json.dumps(document).encode(),)))
        path = "/2016-08-15" + path
        headers = client._build_common_headers(method, path, {})
        del headers["content-length"]  # of no body
        status, told = exchange(cloud.endpoints["fc"], method, path, body, headers)
        assert status < 500, told
        assert status < 400 or {"ErrorCode", "ErrorMessage"} <= set(json.loads(told))

    run()


def test_documents_of_dashscope(dashscope: Client) -> None:
    document = json.dumps(
        {
            "model": "image-instance-segmentation",
            "input": {"image_url": "http://127.0.0.1:9/a.png"},
            "parameters": {"n": 1},
        }
    ).encode()
    headers = {
        "Authorization": f"Bearer {dashscope.key}",
        "Content-Type": "application/json",
        "X-DashScope-Async": "enable",
    }

    @hostile
    @given(mutants((document,)))
    def run(body: bytes) -> None:
        path = "/api/v1/services/vision/image-process/process"
        status, told = exchange(dashscope.endpoint, "POST", path, body, headers)
        assert status < 500, told
        assert status < 400 or {"code", "message", "request_id"} <= set(json.loads(told))

    run()
