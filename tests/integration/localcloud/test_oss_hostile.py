"""Any operation of OSS with odd keys, queries, headers and bodies: an answer or a refusal.

Requests are signed as the service reads them, so that what is odd reaches the operation itself.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.oss import signing, urls
from scripts.localcloud.services.oss.documents import text, texts
from tests.integration.localcloud.oss_client import Account

hostile = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
DIGITS = "9" * 5000
OTHER_SCRIPT = "１２"
ODD = (
    *(
        "",
        "0",
        "-1",
        "1",
        "2",
        "1.5",
        DIGITS,
        OTHER_SCRIPT,
        "\0",
        "\udcff",
        "😀",
        "%",
        "a/../b",
        "url",
    ),
    *("bytes=0-1", f"bytes=0-{DIGITS}", f"bytes=-{DIGITS}", f"bytes={OTHER_SCRIPT}-", "COPY", "*"),
)
UNSENT = frozenset("\0\r\n")
"""What no client can put into a header."""
QUERIES = (
    *("max-keys", "max-uploads", "max-parts", "part-number-marker", "partNumber", "uploadId"),
    *("position", "prefix", "delimiter", "marker", "key-marker", "upload-id-marker"),
    *("encoding-type", "continuation-token", "start-after", "list-type", "x-oss-process"),
    *("response-content-type", "response-expires", "versionId", "callback"),
)
HEADERS = (
    *("Range", "If-Match", "If-None-Match", "If-Modified-Since", "x-oss-copy-source-range"),
    *("x-oss-copy-source", "x-oss-metadata-directive", "x-oss-tagging", "x-oss-object-acl"),
    *("x-oss-acl", "x-oss-storage-class", "x-oss-forbid-overwrite", "x-oss-symlink-target"),
    *("Content-MD5", "Content-Type", "x-oss-meta-a", "x-oss-range-behavior", "Accept-Encoding"),
    *("x-oss-complete-all", "x-oss-server-side-encryption", "Content-Encoding", "Expires"),
)
BODIES = (
    b"",
    b"x",
    b"\xff\xfe",
    b"<Delete><Object><Key>k</Key></Object></Delete>",
    b"<Delete><Object><Key>&#55296;</Key></Object></Delete>",
    b"<CompleteMultipartUpload><Part><PartNumber>" + DIGITS.encode() + b"</PartNumber></Part>"
    b"</CompleteMultipartUpload>",
    b"<LifecycleConfiguration><Rule><Status>Enabled</Status><Expiration><Days>"
    + DIGITS.encode()
    + b"</Days></Expiration></Rule></LifecycleConfiguration>",
    b"<Tagging><TagSet><Tag><Key>&#" + DIGITS.encode() + b";</Key></Tag></TagSet></Tagging>",
    b"<CreateBucketConfiguration></CreateBucketConfiguration>",
    b"x-oss-process=image/resize,w_10|sys/saveas,o_",
)
Ask = Callable[..., tuple[int, bytes]]


@pytest.fixture
def ask(account: Account) -> Iterator[Ask]:
    """Sends what it is given, signed; answers status and body."""
    connection = http.client.HTTPConnection(account.endpoint.removeprefix("http://"), timeout=20)

    def sent(
        method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, bytes]:
        signed = _signed(account.cloud, method, target, headers or {})
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in signed.items():
            connection.putheader(name, value.encode("utf-8", "surrogateescape"))
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()

    yield sent
    connection.close()


def _signed(cloud: Cloud, method: str, target: str, headers: dict[str, str]) -> dict[str, str]:
    who, host = cloud.identity, "127.0.0.1"
    date = datetime.fromtimestamp(time.time(), timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{date[:8]}/{who.region}/oss/aliyun_v4_request"
    own = {"x-oss-date": date, "x-oss-content-sha256": signing.UNSIGNED}
    bucket, key, query = urls.decode_target(target, host)
    request = urls.OssRequest(
        method=method,
        bucket=bucket,
        key=key,
        query=query,
        headers={name.lower(): value for name, value in {**headers, **own}.items()},
        host=host,
        remote="",
        request_id="",
    )
    signature = signing.v4_signature(request, who.access_key_secret, date, scope, [])
    credential = f"Credential={who.access_key_id}/{scope}"
    authorization = f"{signing.V4_ALGORITHM} {credential}, Signature={signature}"
    return {**headers, **own, "Host": host, "Authorization": authorization}


def is_answer_or_refusal(answer: tuple[int, bytes]) -> bool:
    status, body = answer
    if status < 400:
        return True
    code = text(body.decode("utf-8", "replace"), "Code")
    return (status < 500 or status == 501) and (not body or code not in {None, "InternalError"})


def percent(value: str) -> str:
    return quote(value, safe="", errors="surrogateescape")


OPERATIONS = [("", *call) for call in urls.BUCKET_CALLS] + [
    (key, *call) for call in urls.OBJECT_CALLS for key in ("k", "absent")
]


def test_every_operation_with_anything_beside_it(account: Account, ask: Ask) -> None:
    bucket = account.bucket()
    bucket.put_object("k", b"0123456789")
    upload = bucket.init_multipart_upload("k").upload_id

    @hostile
    @given(
        st.sampled_from(OPERATIONS),
        st.dictionaries(st.sampled_from(QUERIES), st.sampled_from((*ODD, upload)), max_size=3),
        st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(ODD), max_size=3),
        st.sampled_from(BODIES),
    )
    def run(
        operation: tuple[str, str, str], query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> None:
        key, method, subresource = operation
        if (method, key, subresource) == ("DELETE", "", ""):
            return  # the others need the bucket
        named = [subresource] if subresource and subresource not in query else []
        asked = "&".join([*named, *(f"{name}={percent(value)}" for name, value in query.items())])
        target = f"/{bucket.bucket_name}/{key}" + ("?" + asked if asked else "")
        clean = {name: value for name, value in headers.items() if not UNSENT & set(value)}
        answer = ask(method, target, clean, b"" if method in {"GET", "HEAD"} else body)
        assert is_answer_or_refusal(answer), (method, target[:200], headers, answer)

    run()


def test_any_bytes_are_a_key_or_refused(account: Account, ask: Ask) -> None:
    name = account.cloud.identity.bucket

    @hostile
    @given(
        st.one_of(
            st.binary(min_size=1, max_size=40),
            st.text(min_size=1, max_size=12).map(lambda key: key.encode("utf-8", "surrogatepass")),
            st.sampled_from([b".", b"..", b"a//b", b"a/./b", b"a/../../b", b"a\0b", b"x" * 1023]),
        )
    )
    def run(raw: bytes) -> None:
        target = f"/{name}/{quote_from_bytes(raw, safe='')}"
        status, body = ask("PUT", target, {}, raw)
        if _is_key(raw):
            assert status == 200, (raw, body)
            assert ask("GET", target) == (200, raw)
            assert ask("DELETE", target) == (204, b"")
        else:
            assert (status, text(body.decode(), "Code")) == (400, "InvalidObjectName")

    run()
    assert not [path for path in (account.cloud.data_dir / "oss").rglob("*") if path.is_file()]


def _is_key(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return 0 < len(raw) <= 1023 and raw[:1] not in b"/\\"


@pytest.mark.parametrize("written", [DIGITS, OTHER_SCRIPT, "-1", "1e3", " 1", "1_0"])
@pytest.mark.parametrize(
    "call",
    [
        "GET /?max-keys",
        "GET /?uploads&max-uploads",
        "POST /k?append&position",
        "PUT /k?uploadId={upload}&partNumber",
        "GET /k?uploadId={upload}&max-parts",
        "GET /k?uploadId={upload}&part-number-marker",
    ],
)
def test_what_is_no_number_is_refused(account: Account, ask: Ask, call: str, written: str) -> None:
    upload = account.bucket().init_multipart_upload("k").upload_id
    method, path = call.format(upload=upload).split(" ")

    status, body = ask(method, f"/{account.cloud.identity.bucket}{path}={percent(written)}")

    assert (status, text(body.decode(), "Code")) == (400, "InvalidArgument")


@pytest.mark.parametrize(
    "body",
    [b"<Object>" * 400_000, b"<Object " * 400_000, b"<Object>" + b"</Objec" * 400_000],
    ids=["opened", "opened halfway", "nearly closed"],
)
def test_what_never_closes_is_refused_before_long(ask: Ask, account: Account, body: bytes) -> None:
    target = f"/{account.cloud.identity.bucket}?delete"

    status, answer = ask("POST", target, {}, b"<Delete>" + body + b"</Delete>")

    assert (status, text(answer.decode(), "Code")) == (400, "MalformedXML")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<K>1</K><K>2</K >", ["1", "2"]),
        ("<K/><K /><K a='1'/>", ["", "", ""]),
        ("<K a='1'>1</K><KK>2</KK>", ["1"]),
        ("<K>1<K/>", [""]),
        ("<K />2</K><K>3</K>", ["", "3"]),
        ("<K>1</KK></K>", ["1</KK>"]),
        ("<K", []),
        ("</K><K>", []),
    ],
)
def test_elements_are_read_leniently(body: str, expected: list[str]) -> None:
    assert texts(body, "K") == expected


@pytest.mark.parametrize("name", ["content-type", "expires", "content-disposition"])
@pytest.mark.parametrize("value", ["a\r\nb: c", "\0", "a\x7f"])
def test_what_no_header_can_hold_is_not_put_into_the_answer(
    account: Account, ask: Ask, name: str, value: str
) -> None:
    account.bucket().put_object("k", b"0123456789")

    target = f"/{account.cloud.identity.bucket}/k?response-{name}={percent(value)}"
    status, body = ask("GET", target)

    assert (status, text(body.decode(), "Code")) == (400, "InvalidArgument")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (f"bytes=2-{DIGITS}", (200, b"0123456789")),
        (f"bytes={DIGITS}-", (200, b"0123456789")),
        (f"bytes=-{DIGITS}", (206, b"0123456789")),
        (f"bytes={OTHER_SCRIPT}-", (200, b"0123456789")),
    ],
)
def test_a_range_beyond_any_object_is_one(
    account: Account, ask: Ask, asked: str, expected: tuple[int, Any]
) -> None:
    account.bucket().put_object("k", b"0123456789")

    assert ask("GET", f"/{account.cloud.identity.bucket}/k", {"Range": asked}) == expected
