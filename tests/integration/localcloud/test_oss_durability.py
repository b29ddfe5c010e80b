"""The local OSS as a process of its own: killed at any moment, given odd requests, kept lean."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import oss2
import pytest

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


def test_an_upload_under_way_at_a_kill_is_swept_away(server: Server, bucket: oss2.Bucket) -> None:
    path = bucket.sign_url("PUT", "k", 60).partition(str(server.port))[2]
    head = f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 9999\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + b"half of it")
        until(lambda: len(server.stored_files()) == 1)
        server.kill()
    stray = server.data_dir / "oss" / "contents" / "00" / ("0" * 32)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"renamed, and killed before its row")
    server.start()

    assert not server.stored_files()
    assert not bucket.object_exists("k")
