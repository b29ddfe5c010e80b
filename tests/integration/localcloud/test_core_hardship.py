"""The whole local cloud in hard times: crowds, few open files, a full disk; and who may look in."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import oss2
import pytest

from tests.e2e.cloud_process import CloudProcess, launched
from tests.integration.localcloud.dashscope_client import read

FILES = 400
"""Open files that the cloud may have here: a tenth of the crowd would be too many."""
CROWD = 600
LARGEST = 3 * 2**20
"""Bytes that a file may grow to here, in place of a disk that is full."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def start(data: Path) -> Iterator[Callable[..., CloudProcess]]:
    """Starts an empty cloud under a limit that the shell sets (`ulimit` and its letter)."""
    running: list[CloudProcess] = []

    def begin(limit: str = "-c 0") -> CloudProcess:
        program = f'ulimit {limit} && exec "$0" -m scripts.localcloud.app --empty --data "$1"'
        command = ["sh", "-c", program, sys.executable, str(data)]
        running.append(launched(command, data.parent / "up.err"))
        return running[-1]

    yield begin
    for each in running:
        each.stop()


def bucket_of(cloud: CloudProcess, session: oss2.Session) -> oss2.Bucket:
    told = cloud.description
    auth = oss2.AuthV4(told["access_key_id"], told["access_key_secret"])
    bucket = oss2.Bucket(
        auth, told["oss_endpoint"], "hard-times", region=told["region"], session=session
    )
    bucket.create_bucket()
    return bucket


@pytest.fixture
def session() -> Iterator[oss2.Session]:
    made = oss2.Session()
    yield made
    made.session.close()


def test_a_crowd_that_says_nothing_or_half_a_head_keeps_nobody_out(
    start: Callable[..., CloudProcess], data: Path, session: oss2.Session
) -> None:
    cloud = start(f"-n {FILES}")
    bucket = bucket_of(cloud, session)
    port = int(urlsplit(cloud.description["oss_endpoint"]).port or 0)
    crowd = []
    for number in range(CROWD):
        crowd.append(socket.create_connection(("127.0.0.1", port), 10))
        crowd[-1].sendall(b"GET /slow HTTP/1.1\r\nHo" if number % 2 else b"")

    bucket.put_object("k", b"in spite of it")

    assert bucket.get_object("k").read() == b"in spite of it"
    for each in crowd:
        each.close()
    assert "Traceback" not in (data / "logs" / "cloud.log").read_text()
    assert (data.parent / "up.err").read_text() == ""


def test_a_client_that_leaves_at_once_leaves_no_trace(
    start: Callable[..., CloudProcess], data: Path
) -> None:
    cloud = start()
    port = int(urlsplit(cloud.description["oss_endpoint"]).port or 0)
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port), 10) as client:
            client.sendall(b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n")
            client.sendall(b"Expect: 100-continue\r\n\r\n")
            client.shutdown(socket.SHUT_WR)
    control = cloud.description["control_url"]

    assert read(control + "/_control/ledger")[0] == 200
    assert "Traceback" not in (data / "logs" / "cloud.log").read_text()


def test_a_disk_that_takes_no_more_is_said_and_spoils_nothing(
    start: Callable[..., CloudProcess], data: Path, session: oss2.Session
) -> None:
    cloud = start(f"-f {LARGEST // 512}")
    bucket = bucket_of(cloud, session)
    bucket.put_object("small", b"x" * 1000)
    for key in ("small", "large"):
        with pytest.raises(oss2.exceptions.ServerError) as refused:
            bucket.put_object(key, b"y" * (LARGEST + 1))
        assert (refused.value.status, refused.value.code) == (500, "InternalError")

    assert bucket.get_object("small").read() == b"x" * 1000
    assert not bucket.object_exists("large")
    assert not list((data / "oss" / "incoming").iterdir()), "half of a body is left"
    log = (data / "logs" / "cloud.log").read_text()
    assert "oss PutObject is refused: the data folder: file too large; allow larger files" in log
    assert "Traceback" not in log


def test_only_its_owner_reads_what_it_writes(
    start: Callable[..., CloudProcess], data: Path, session: oss2.Session
) -> None:
    bucket_of(start(), session).put_object("k", b"secret")
    paths = [data, *data.rglob("*")]

    assert [str(path) for path in paths if stat.S_IMODE(path.lstat().st_mode) & 0o077] == []


def test_it_listens_on_loopback_alone(start: Callable[..., CloudProcess]) -> None:
    cloud = start()
    addresses = listening(cloud.process.pid)

    assert {address for address, _ in addresses} == {"0100007F"}
    assert len(addresses) == 8


def listening(pid: int) -> set[tuple[str, str]]:
    """Address and port, in hexadecimal, of what a process listens on."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        target = str(entry.readlink()) if entry.is_symlink() else ""
        inodes.add(target.removeprefix("socket:[").rstrip("]"))
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and (fields[3] == "0A" or table.startswith("udp")):
                address, _, port = fields[1].partition(":")
                found.add((address, port))
    return found


def test_a_key_cannot_leave_the_folder(
    start: Callable[..., CloudProcess], data: Path, session: oss2.Session
) -> None:
    bucket = bucket_of(start(), session)
    for key in ("../../escaped", "..%2F..%2Fescaped", "a/../../../../escaped", "./..//escaped"):
        bucket.put_object(key, b"here")
        assert bucket.get_object(key).read() == b"here"

    assert not list(data.parent.rglob("*escaped*"))


def test_a_folder_that_may_only_be_read_is_said(data: Path) -> None:
    """As another user than root, who may write everywhere."""
    if os.geteuid() != 0:
        data.mkdir(mode=0o500)
    else:
        data.symlink_to("/proc/1/cmdline")
    command = [sys.executable, "-m", "scripts.localcloud.app", "--data", str(data)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert "cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr
