"""Hostile headers, depths and lengths at Tablestore and MNS: the vendor's refusal, nothing else."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from email.utils import formatdate

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.services.mns import signatures as mns
from scripts.localcloud.services.mns.documents import read_document
from scripts.localcloud.services.mns.service import LARGEST_BODY, MnsService
from scripts.localcloud.services.tablestore import messages
from scripts.localcloud.services.tablestore import signatures as ots
from scripts.localcloud.services.tablestore.exceptions import ParameterInvalidError
from scripts.localcloud.services.tablestore.filters import MAX_DEPTH, NOT, Combination, parse_filter
from scripts.localcloud.services.tablestore.service import MAX_BODY, TablestoreService

Serve = Callable[[Service], str]
Headers = dict[str, str]
hostile = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
words = st.one_of(
    st.sampled_from(
        ["", " ", "0", "-1", "9" * 40, "\xff", "Mon, 99 Foo 2026", "1970-01-01T00:00:00Z"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
)


class Line:
    """One connection to a service."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint.removeprefix("http://")

    def ask(
        self, method: str, path: str, body: bytes | Iterator[bytes], headers: Headers
    ) -> tuple[int, bytes]:
        """Send one request, chunked where the body is an iterator; answers status and body."""
        connection = http.client.HTTPConnection(self._endpoint, timeout=60)
        try:
            chunked = "transfer-encoding" in headers
            connection.request(method, path, body, headers, encode_chunked=chunked)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def send(self, line: bytes) -> tuple[int, bytes]:
        """Send the first line of a request, byte for byte, and no header; answers as `ask`."""
        host, _, port = self._endpoint.partition(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall(line + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return answer.status, answer.read()


def signed_for_tablestore(cloud: Cloud, path: str, body: bytes) -> Headers:
    """The headers of a request that is accepted."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    headers = {
        "x-ots-date": now,
        "x-ots-apiversion": "2015-12-31",
        "x-ots-accesskeyid": cloud.identity.access_key_id,
        "x-ots-instancename": cloud.identity.tablestore_instance,
        "x-ots-contentmd5": ots.content_md5(body),
    }
    key = cloud.identity.access_key_secret.encode()
    headers["x-ots-signature"] = ots.request_signature(path, headers, key)
    return headers


def signed_for_mns(cloud: Cloud, method: str, path: str, **more: str) -> Headers:
    """The headers of a request whose signature is right, `more` among them."""
    headers = {
        "date": formatdate(usegmt=True),
        "content-type": "text/xml",
        "x-mns-version": "2015-06-06",
        **more,
    }
    text = mns.string_to_sign(method, path, headers)
    signature = mns.sign(cloud.identity.access_key_secret, text)
    return {**headers, "authorization": f"MNS {cloud.identity.access_key_id}:{signature}"}


def error_of_tablestore(answer: tuple[int, bytes]) -> str:
    """The vendor's code of a refusal."""
    status, body = answer
    error = messages.new("Error")
    error.ParseFromString(body)
    assert 400 <= status < 500, answer
    code: str = error.code
    return code


def error_of_mns(answer: tuple[int, bytes]) -> str:
    """The vendor's code of a refusal."""
    status, body = answer
    assert 400 <= status < 500, answer
    return read_document(body).findtext("Code") or ""


@pytest.fixture
def tablestore(cloud: Cloud, serve_in_thread: Serve) -> Line:
    """A running Tablestore."""
    return Line(serve_in_thread(TablestoreService(cloud)))


@pytest.fixture
def queues(cloud: Cloud, serve_in_thread: Serve) -> Line:
    """A running MNS."""
    return Line(serve_in_thread(MnsService(cloud)))


def test_headers_of_tablestore(tablestore: Line, cloud: Cloud) -> None:
    good = signed_for_tablestore(cloud, "/ListTable", b"")
    assert tablestore.ask("POST", "/ListTable", b"", good)[0] == 200
    names = [*good, "x-ots-signaturev4", "x-ots-signdate", "x-ots-signregion", "x-ots-ststoken"]

    @hostile
    @given(st.dictionaries(st.sampled_from(names), st.one_of(st.none(), words), min_size=1))
    def run(changes: dict[str, str | None]) -> None:
        headers = {**signed_for_tablestore(cloud, "/ListTable", b""), **changes}
        sent = {name: text for name, text in headers.items() if text is not None}
        answer = tablestore.ask("POST", "/ListTable", b"", sent)
        assert answer[0] == 200 or error_of_tablestore(answer)

    run()


def test_headers_of_mns(queues: Line, cloud: Cloud) -> None:
    good = signed_for_mns(cloud, "GET", "/queues")
    assert queues.ask("GET", "/queues", b"", good)[0] == 200
    names = [*good, "x-mns-date", "content-md5", "security-token", "x-mns-ret-number"]

    @hostile
    @given(st.dictionaries(st.sampled_from(names), st.one_of(st.none(), words), min_size=1))
    def run(changes: dict[str, str | None]) -> None:
        headers = {**signed_for_mns(cloud, "GET", "/queues"), **changes}
        sent = {name: text for name, text in headers.items() if text is not None}
        answer = queues.ask("GET", "/queues", b"", sent)
        assert answer[0] == 200 or error_of_mns(answer)

    run()


def test_listing_headers_of_mns(queues: Line, cloud: Cloud) -> None:
    @hostile
    @given(st.sampled_from(["x-mns-ret-number", "x-mns-marker", "x-mns-prefix"]), words)
    def run(name: str, text: str) -> None:
        headers = signed_for_mns(cloud, "GET", "/queues", **{name: text.strip()})
        answer = queues.ask("GET", "/queues", b"", headers)
        assert answer[0] == 200 or error_of_mns(answer)

    run()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/queues/maskline-dlq/messages?numOfMessages={'9' * 5000}"),
        ("GET", "/queues/maskline-dlq/messages?numOfMessages=%D9%A3"),
        ("DELETE", f"/queues/maskline-dlq/messages?ReceiptHandle=8-{'F' * 40}-aa"),
        (
            "PUT",
            f"/queues/maskline-dlq/messages?ReceiptHandle=8-1-a&VisibilityTimeout={'9' * 5000}",
        ),
    ],
)
def test_numbers_beyond_every_range(queues: Line, cloud: Cloud, method: str, path: str) -> None:
    answer = queues.ask(method, path, b"", signed_for_mns(cloud, method, path))

    assert error_of_mns(answer) in {"InvalidArgument", "ReceiptHandleError"}


def nested(depth: int) -> bytes:
    """A filter that is the opposite of the opposite of ..., so many times."""
    exists = messages.new(
        "SingleColumnValueFilter",
        comparator=7,
        column_name="a",
        column_value=b"",
        filter_if_missing=True,
        latest_version_only=True,
    )
    made = messages.new("Filter", type=1, filter=exists.SerializeToString())
    for _ in range(depth):
        outer = messages.new("CompositeColumnValueFilter", combinator=NOT, sub_filters=[made])
        made = messages.new("Filter", type=2, filter=outer.SerializeToString())
    body: bytes = made.SerializeToString()
    return body


def test_filter_within_filters() -> None:
    assert isinstance(parse_filter(nested(MAX_DEPTH)), Combination)
    for depth in (MAX_DEPTH + 1, 3000):
        with pytest.raises(ParameterInvalidError):
            parse_filter(nested(depth))


def untold(size: int) -> Iterator[bytes]:
    """So many bytes and a few, whose number nobody tells before."""
    for _ in range(size // 65536 + 2):
        yield b"x" * 65536


def test_long_body_of_tablestore_whose_length_is_not_told(tablestore: Line, cloud: Cloud) -> None:
    headers = {**signed_for_tablestore(cloud, "/PutRow", b""), "transfer-encoding": "chunked"}

    answer = tablestore.ask("POST", "/PutRow", untold(MAX_BODY), headers)

    assert error_of_tablestore(answer) == "OTSRequestBodyTooLarge"


def test_long_body_of_mns_whose_length_is_not_told(queues: Line, cloud: Cloud) -> None:
    path = "/queues/maskline-dlq/messages"
    headers = {**signed_for_mns(cloud, "POST", path), "transfer-encoding": "chunked"}

    answer = queues.ask("POST", path, untold(LARGEST_BODY), headers)

    assert error_of_mns(answer) == "InvalidArgument"


def test_length_beyond_everything_is_refused_before_the_body_comes(
    tablestore: Line, queues: Line, cloud: Cloud
) -> None:
    huge = {"content-length": str(2**40)}

    for answer, told in (
        (
            tablestore.ask(
                "POST", "/PutRow", b"", {**signed_for_tablestore(cloud, "/PutRow", b""), **huge}
            ),
            error_of_tablestore,
        ),
        (
            queues.ask(
                "PUT", "/queues/q", b"", {**signed_for_mns(cloud, "PUT", "/queues/q"), **huge}
            ),
            error_of_mns,
        ),
    ):
        assert told(answer) in {"OTSRequestBodyTooLarge", "InvalidArgument"}


@pytest.mark.parametrize("path", [b"/\xff\xfe", b"/%ff%fe", b"/queues/\xff", b"/a%00b/%2e%2e"])
def test_paths_that_are_no_text(tablestore: Line, queues: Line, path: bytes) -> None:
    assert error_of_tablestore(tablestore.send(b"POST " + path)) in {
        "OTSParameterInvalid",
        "BadRequest",
    }
    assert error_of_mns(queues.send(b"GET " + path)) in {
        "MissingAuthorizationHeader",
        "BadRequest",
    }
