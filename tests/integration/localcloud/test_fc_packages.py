"""Hostile packages: refused as bad arguments, and nothing of them is left or lies elsewhere."""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import fc2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.exceptions import FcError
from scripts.localcloud.services.fc.packages import MOST_FILES, PackageStore
from scripts.localcloud.services.fc.service import FcService
from tests.integration.localcloud.conftest import Serve
from tests.integration.localcloud.fc_client import client_of, invoke

HANDLER = "def handler(event, context):\n    return b'{\"pid\": 1}'\n"


def packed(
    *files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


GOOD = packed(("index.py", HANDLER.encode()), ("data/a.bin", bytes(range(256))))


def symlink(name: str, target: str) -> bytes:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    return packed((entry, target.encode()), (f"{name}/evil.py", b"x"))


def bomb() -> bytes:
    """Says of itself that it holds three gigabytes."""
    package = bytearray(packed(("a", b"\0" * 1000)))
    directory = package.index(b"PK\x01\x02")
    struct.pack_into("<I", package, directory + 24, 3 * 1024**3)
    return bytes(package)


def liar() -> bytes:
    """Says that it holds ten bytes, and unpacks to a megabyte."""
    package = bytearray(packed(("a", b"\0" * 1_000_000)))
    directory = package.index(b"PK\x01\x02")
    struct.pack_into("<I", package, directory + 24, 10)
    return bytes(package)


def encrypted() -> bytes:
    package = bytearray(GOOD)
    package[6] |= 1
    package[package.index(b"PK\x01\x02") + 8] |= 1
    return bytes(package)


def crowd() -> bytes:
    return packed(*((f"{number}", b"") for number in range(MOST_FILES + 1)))


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "words": lambda: b"no zip",
    "half": lambda: GOOD[: len(GOOD) // 2],
    "garbled": lambda: GOOD[:38] + b"\xff" * 9 + GOOD[47:],
    "end alone": lambda: GOOD[-22:],
    "absolute": lambda: packed(("/etc/evil.py", b"x")),
    "parent": lambda: packed(("a/../../evil.py", b"x")),
    "parents": lambda: packed(("../" * 30 + "tmp/evil.py", b"x")),
    "file and folder": lambda: packed(("a", b"x"), ("a/b", b"x")),
    "through a link": lambda: symlink("a", "/tmp"),
    "long name": lambda: packed(("a" * 300, b"x")),
    "deep": lambda: packed(("a/" * 3000 + "b", b"x")),
    "bomb": bomb,
    "liar": liar,
    "encrypted": encrypted,
    "crowd": crowd,
    "odd method": lambda: GOOD.replace(b"\x14\0\0\0\x08\0", b"\x14\0\0\0\x0a\0"),
}


def tree(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_package_is_refused_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    store = PackageStore(tmp_path / "inside" / "packages")
    before = tree(tmp_path)
    with pytest.raises(FcError) as caught:
        store.add(HOSTILE[name]())

    assert (caught.value.status, caught.value.code) == (400, "InvalidArgument")
    assert tree(tmp_path) == before
    assert not Path("/tmp/evil.py").exists()


def test_a_link_is_a_file_with_the_name_of_what_it_leads_to(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("passwords")
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    store = PackageStore(tmp_path)
    checksum, _ = store.add(packed((entry, b"/etc/passwd")))
    path = store.directory(checksum) / "passwords"

    assert (path.is_symlink(), path.read_text()) == (False, "/etc/passwd")


def answer_to(store: PackageStore, package: bytes) -> str:
    """How it is refused, or nothing."""
    try:
        store.add(package)
    except FcError as error:
        return f"{error.status} {error.code}"
    return ""


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_a_damaged_package_is_unpacked_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    package = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(package) - 1))
        package[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    store = PackageStore(tmp_path / "packages")
    outside = tree(tmp_path) - tree(tmp_path / "packages")
    told = answer_to(store, bytes(package))

    assert told in {"", "400 InvalidArgument"}
    assert tree(tmp_path) - tree(tmp_path / "packages") == outside
    assert not list((tmp_path / "packages").glob(".unpacking-*"))


def test_a_function_keeps_its_code_when_a_hostile_one_is_refused(
    cloud: Cloud, serve_in_thread: Serve
) -> None:
    serve_in_thread(FcService(cloud))
    client = client_of(cloud)
    client.create_service("s")
    path = "/2016-08-15/services/s/functions"

    def send(method: str, where: str, package: bytes) -> None:
        facts = {"functionName": "f", "runtime": "python3.10", "handler": "index.handler"}
        code = {"zipFile": base64.b64encode(package).decode()}
        headers = client._build_common_headers(method, where, {})
        client._do_request(
            method, where, headers, body=json.dumps({**facts, "code": code}).encode()
        )

    send("POST", path, GOOD)
    for name in ("half", "parent", "bomb", "encrypted", "file and folder"):
        with pytest.raises(fc2.FcError) as caught:
            send("PUT", f"{path}/f", HOSTILE[name]())
        assert (caught.value.status_code, caught.value.err_code) == (400, "InvalidArgument")

    assert invoke(client) == {"pid": 1}
