"""Which answers the local OSS packs on their way, through the vendor's own client."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import oss2
import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.services.oss.service import OssService
from tests.integration.localcloud.oss_client import Account


@pytest.fixture
def bucket(cloud: Cloud, serve_in_thread: Callable[[Service], str]) -> Iterator[oss2.Bucket]:
    account = Account(cloud, serve_in_thread(OssService(cloud)))
    yield account.bucket()
    account.close()


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "text/javascript; charset=x"])
def test_texts_are_compressed_for_clients_that_know_gzip_alone(
    bucket: oss2.Bucket, kind: str
) -> None:
    body = b"all work and no play " * 100
    bucket.put_object("a", body, headers={"Content-Type": kind})

    answer = bucket.get_object("a", headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in answer.headers
    assert answer.read() == body
    assert "Content-Encoding" not in bucket.get_object("a").headers


@pytest.mark.parametrize(
    ("size", "stored", "asked"),
    [
        (1023, {}, {}),
        (1024, {"Content-Type": "image/png"}, {}),
        (1024, {"Content-Encoding": "br"}, {}),
        (1024, {}, {"Accept-Encoding": "gzip, deflate"}),
        (1024, {}, {"Accept-Encoding": "identity"}),
        (1024, {}, {"Range": "bytes=0-1022"}),
    ],
)
def test_other_objects_come_as_they_are(
    bucket: oss2.Bucket, size: int, stored: dict[str, str], asked: dict[str, str]
) -> None:
    bucket.put_object("a.txt", b"x" * size, headers=stored)

    answer = bucket.get_object("a.txt", headers={"Accept-Encoding": "gzip", **asked})

    assert answer.headers.get("Content-Encoding") == stored.get("Content-Encoding")
    assert answer.content_length == (1023 if "Range" in asked else size)
