"""The local OSS as a process of its own: killed at any moment, given odd requests, kept lean."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import oss2
import pytest

from scripts.localcloud.core.context import Cloud, assemble
from scripts.localcloud.core.identity import load_identity
from scripts.localcloud.core.server import serve
from scripts.localcloud.services.oss.service import OssService

ROOT = Path(__file__).resolve().parents[3]
DEADLINE = 20.0
MIB = 2**20


# --- the process ------------------------------------------------------------------------------


async def _run(data_dir: Path, port: int, *, deaf: bool) -> None:
    """Serve for ever; heard events go to a file, or nowhere at all when `deaf`."""
    cloud = assemble(data_dir, load_identity(data_dir))
    cloud.endpoints["oss"] = f"http://127.0.0.1:{port}"

    async def take(message: dict[str, Any]) -> None:
        if deaf:
            await asyncio.Event().wait()
        with (data_dir / "heard.jsonl").open("a") as file:
            file.write(json.dumps(message["record"]) + "\n")

    cloud.bus.subscribe("oss.object-created", take)
    service = OssService(cloud)
    await service.start()
    await serve(
        service, "127.0.0.1", port, faults=cloud.faults, calls=cloud.calls, clock=cloud.clock
    )
    print("ready", flush=True)
    await asyncio.Event().wait()


class Server:
    """The process, which may be killed and started again on the same data."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.identity = load_identity(data_dir)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.process: subprocess.Popen[str] | None = None

    def start(self, *, deaf: bool = False) -> None:
        command = [sys.executable, __file__, str(self.data_dir), str(self.port), str(int(deaf))]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.communicate()
            self.process = None

    def bucket(self, session: oss2.Session | None = None) -> oss2.Bucket:
        who = self.identity
        return oss2.Bucket(
            oss2.AuthV4(who.access_key_id, who.access_key_secret),
            f"http://127.0.0.1:{self.port}",
            who.bucket,
            session=session or oss2.Session(),
            region=who.region,
            connect_timeout=10,
        )

    def heard(self) -> list[dict[str, Any]]:
        path = self.data_dir / "heard.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def stored_files(self) -> list[Path]:
        return [path for path in (self.data_dir / "oss").rglob("*") if path.is_file()]

    def highest_memory(self) -> int:
        """Bytes of resident memory at the peak."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024


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


def until(holds: Callable[[], bool]) -> None:
    """Poll until it holds."""
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# --- kills ------------------------------------------------------------------------------------


def test_an_event_that_nobody_took_comes_after_a_kill(server: Server, bucket: oss2.Bucket) -> None:
    server.kill()
    server.start(deaf=True)
    bucket.put_object("uploads/a", b"1")
    bucket.put_object("uploads/b", b"2")
    server.kill()
    assert not server.heard()

    server.start()

    until(lambda: len(server.heard()) == 2)
    keys = [record["oss"]["object"]["key"] for record in server.heard()]
    assert keys == ["uploads/a", "uploads/b"]
    server.kill()
    server.start()
    bucket.put_object("uploads/c", b"3")
    until(lambda: len(server.heard()) == 3)


def _put_until_death(bucket: oss2.Bucket, worker: int, kept: dict[str, str]) -> None:
    for number in range(10_000):
        key, body = f"uploads/{worker}/{number % 7}", f"{worker}-{number}".encode() * 5000
        kept[f"{key} tried"] = hashlib.md5(body, usedforsecurity=False).hexdigest().upper()
        try:
            kept[key] = bucket.put_object(key, body).etag
        except (oss2.exceptions.RequestError, oss2.exceptions.ServerError):
            return


def test_a_kill_loses_no_acknowledged_object_and_leaves_no_half_of_one(server: Server) -> None:
    kept: dict[str, str] = {}
    sessions = [oss2.Session() for _ in range(3)]
    threads = [
        threading.Thread(target=_put_until_death, args=(server.bucket(session), worker, kept))
        for worker, session in enumerate(sessions)
    ]
    for thread in threads:
        thread.start()
    until(lambda: len(kept) > 30)
    server.kill()
    for thread in threads:
        thread.join(DEADLINE)
    server.start()

    bucket = server.bucket(sessions[0])
    found = {}
    for item in bucket.list_objects_v2().object_list:
        body = bucket.get_object(item.key).read()
        found[item.key] = hashlib.md5(body, usedforsecurity=False).hexdigest().upper()
        assert found[item.key] == item.etag
    for key, etag in found.items():
        assert etag in {kept.get(key), kept[f"{key} tried"]}
    assert {key for key in kept if not key.endswith("tried")} <= set(found)
    until(lambda: set(kept.values()) - _announced(server) <= set(kept.values()) - set(_acked(kept)))
    assert len(server.stored_files()) == len(found)
    for session in sessions:
        session.session.close()


def _acked(kept: dict[str, str]) -> list[str]:
    return [etag for key, etag in kept.items() if not key.endswith("tried")]


def _announced(server: Server) -> set[str]:
    return {record["oss"]["object"]["eTag"] for record in server.heard()}


def test_an_open_upload_survives_a_kill(server: Server, bucket: oss2.Bucket) -> None:
    upload = bucket.init_multipart_upload("k").upload_id
    part = bucket.upload_part("k", upload, 1, b"part")
    server.kill()
    server.start()

    bucket.complete_multipart_upload("k", upload, [oss2.models.PartInfo(1, part.etag)])

    assert bucket.get_object("k").read() == b"part"
    assert len(server.stored_files()) == 1


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


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1]), int(sys.argv[2]), deaf=sys.argv[3] == "1"))
