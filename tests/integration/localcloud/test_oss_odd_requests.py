"""Requests that only some clients send to the local OSS, or many at once, or large ones."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import oss2
import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.oss import signing
from scripts.localcloud.services.oss.documents import text
from scripts.localcloud.services.oss.service import OssService
from scripts.localcloud.services.oss.urls import OssRequest, decode_target
from tests.integration.localcloud.oss_process import Server, until

ROOT = Path(__file__).resolve().parents[3]
DEADLINE = 20.0
MIB = 2**20


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def bucket(server: Server) -> Iterator[oss2.Bucket]:
    session = oss2.Session()
    yield server.bucket(session)
    session.session.close()


# --- odd requests -----------------------------------------------------------------------------


def _exchange(server: Server, request: bytes, *, finish: bool = False) -> bytes:
    """Send raw bytes; answers what comes until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE) as connection:
        connection.sendall(request)
        if finish:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


def test_a_get_that_promises_a_body_and_sends_none_is_answered_at_once(
    server: Server, bucket: oss2.Bucket
) -> None:
    bucket.put_object("k", b"hello")
    path = bucket.sign_url("GET", "k", 60).partition(str(server.port))[2]
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 9\r\n\r\n"
    begun = time.monotonic()

    answer = _exchange(server, head.encode())

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"Connection: close" in answer
    assert answer.endswith(b"hello")
    assert time.monotonic() - begun < 5


def test_an_upload_that_breaks_off_leaves_nothing(server: Server, bucket: oss2.Bucket) -> None:
    path = bucket.sign_url("PUT", "k", 60).partition(str(server.port))[2]
    head = f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 999\r\n\r\n"

    _exchange(server, head.encode() + b"only this", finish=True)

    until(lambda: not server.stored_files())
    assert not bucket.object_exists("k")
    assert not server.heard()


def test_a_put_without_a_length_is_refused(server: Server, bucket: oss2.Bucket) -> None:
    path = bucket.sign_url("PUT", "k", 60).partition(str(server.port))[2]
    head = f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n\r\n"

    answer = _exchange(server, head.encode())

    assert answer.startswith(b"HTTP/1.1 411")
    assert b"<Code>MissingContentLength</Code>" in answer


@pytest.mark.parametrize(
    ("path", "headers", "error"),
    [
        ("/not-utf8-%FF/k", {}, (404, "NoSuchBucket")),
        ("/maskline-local/not-utf8-%FF", {}, (400, "InvalidObjectName")),
        ("/maskline-local//k", {}, (400, "InvalidObjectName")),
        ("/maskline-local/k", {"Content-MD5": "\xff"}, (400, "InvalidDigest")),
    ],
)
def test_bytes_that_are_no_text_are_refused_by_their_name(
    server: Server,
    bucket: oss2.Bucket,
    path: str,
    headers: dict[str, str],
    error: tuple[int, str],
) -> None:
    who, date = server.identity, formatdate(time.time(), usegmt=True)
    name, key, query = decode_target(path, "127.0.0.1")
    request = OssRequest(
        method="PUT",
        bucket=name,
        key=key,
        query=query,
        headers={n.lower(): _as_received(value) for n, value in headers.items()},
        host="",
        remote="",
        request_id="",
    )
    signature = signing.v1_signature(request, who.access_key_secret, date)
    answer = bucket.session.session.put(
        f"http://127.0.0.1:{server.port}{path}",
        data=b"1",
        headers={**headers, "Date": date, "Authorization": f"OSS {who.access_key_id}:{signature}"},
    )

    assert (answer.status_code, text(answer.text, "Code")) == error


def _as_received(value: str) -> str:
    return value.encode("latin-1").decode("utf-8", "surrogateescape")


def test_keys_that_xml_forbids_can_be_deleted(bucket: oss2.Bucket) -> None:
    keys = ["uploads/\x0c feed", "uploads/\x01 raw", "uploads/\U0001f642"]
    for key in keys:
        bucket.put_object(key, b"1")
    body = (
        "<Delete><Quiet>false</Quiet><Object><Key>uploads/&#12; feed</Key></Object>"
        "<Object><Key>uploads/\x01 raw</Key></Object>"
        "<Object><Key>uploads/&#x1F642;</Key></Object></Delete>"
    )

    bucket._do("POST", bucket.bucket_name, "", data=body.encode(), params={"delete": ""})

    assert not bucket.list_objects_v2().object_list


def test_memory_does_not_grow_with_the_object(server: Server, bucket: oss2.Bucket) -> None:
    bucket.put_object("small", b"1" * MIB)
    bucket.enable_crc = False
    before = server.highest_memory()

    bucket.put_object("large", iter([b"x" * MIB] * 96))
    for chunk in bucket.get_object("large"):
        assert chunk
    bucket.copy_object(bucket.bucket_name, "large", "copy")

    bucket.put_object("large.txt", iter([os.urandom(MIB)] * 96))
    for chunk in bucket.get_object("large.txt", headers={"Accept-Encoding": "gzip"}):
        assert chunk

    assert server.highest_memory() - before < 24 * MIB


def test_readers_keep_what_they_began_to_read(server: Server, bucket: oss2.Bucket) -> None:
    bucket.enable_crc = False
    bucket.put_object("k", b"a" * 8 * MIB)
    reading = bucket.get_object("k")
    first = reading.read(10)
    bucket.put_object("k", b"b" * 8 * MIB)

    assert set(first + reading.read()) == {ord("a")}
    assert set(bucket.get_object("k").read()) == {ord("b")}


def test_many_writers_of_one_key_make_it_once_when_overwriting_is_forbidden(
    server: Server,
) -> None:
    outcomes: list[int] = []
    sessions = [oss2.Session() for _ in range(8)]

    def write(session: oss2.Session, number: int) -> None:
        headers = {"x-oss-forbid-overwrite": "true"}
        try:
            result = server.bucket(session).put_object("k", str(number), headers=headers)
            outcomes.append(result.status)
        except oss2.exceptions.ServerError as error:
            outcomes.append(error.status)

    threads = [
        threading.Thread(target=write, args=(session, number))
        for number, session in enumerate(sessions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    for session in sessions:
        session.session.close()

    assert sorted(outcomes) == [200] + [409] * 7
    assert len(server.stored_files()) == 1


def test_an_upload_that_finds_its_key_taken_at_its_end_leaves_nothing(
    server: Server, bucket: oss2.Bucket
) -> None:
    forbid = {"x-oss-forbid-overwrite": "true"}
    path = bucket.sign_url("PUT", "k", 60, headers=forbid).partition(str(server.port))[2]
    head = (
        f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 9\r\n"
        "x-oss-forbid-overwrite: true\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE) as connection:
        connection.sendall(head.encode() + b"half")
        until(lambda: len(server.stored_files()) == 1)
        bucket.put_object("k", b"first")
        connection.sendall(b" more")
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 409")
    until(lambda: len(server.stored_files()) == 1)
    assert bucket.get_object("k").read() == b"first"


def test_answers_lost_and_cut_on_purpose_reach_the_client_as_failures(
    cloud: Cloud, serve_in_thread: Callable[[OssService], str]
) -> None:
    endpoint, who, session = serve_in_thread(OssService(cloud)), cloud.identity, oss2.Session()
    auth = oss2.AuthV4(who.access_key_id, who.access_key_secret)
    bucket = oss2.Bucket(auth, endpoint, who.bucket, session=session, region=who.region)
    cloud.faults.add({"service": "oss", "operation": "PutObject", "fault": "drop-after"})
    with pytest.raises(oss2.exceptions.RequestError):
        bucket.put_object("k", b"x" * MIB)
    cloud.faults.clear()
    cloud.faults.add({"service": "oss", "operation": "GetObject", "fault": "truncate"})

    with pytest.raises(Exception, match=r"(?i)incomplete|broken|inconsistent"):
        bucket.get_object("k").read()

    cloud.faults.clear()
    assert bucket.get_object("k").read() == b"x" * MIB
    session.session.close()
