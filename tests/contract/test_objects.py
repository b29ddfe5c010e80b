"""The object store's suite over memory, and over oss2 against the local cloud."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.oss.service import OssService
from shared.adapters.memory.clock import ManualClock
from shared.adapters.memory.objects import MemoryObjectStore
from shared.adapters.oss.store import OssObjectStore
from shared.ports.errors import ForbiddenError, ThrottledError, UnavailableError
from tests.contract.objects_suite import ObjectStoreSuite
from tests.contract.oss_bucket import make_bucket
from tests.integration.localcloud.conftest import Serve


class TestMemoryObjects(ObjectStoreSuite):
    @pytest.fixture
    def store(self) -> MemoryObjectStore:
        return MemoryObjectStore(ManualClock())


@pytest.fixture
def options(cloud: Cloud, serve_in_thread: Serve) -> dict[str, Any]:
    identity = cloud.identity
    endpoint = serve_in_thread(OssService(cloud))
    made = {
        "endpoint": endpoint,
        "public_endpoint": endpoint,
        "bucket": identity.bucket,
        "region": identity.region,
        "access_key_id": identity.access_key_id,
        "access_key_secret": identity.access_key_secret,
    }
    make_bucket(made)
    return made


class TestOssObjects(ObjectStoreSuite):
    @pytest.fixture
    def store(self, options: dict[str, Any]) -> OssObjectStore:
        return OssObjectStore(**options)


def fetch(url: str, method: str = "GET") -> int:
    """The HTTP status of a URL."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:  # noqa: S310 - loopback
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return int(error.code)


class TestSigned:
    @pytest.fixture
    def store(self, options: dict[str, Any]) -> OssObjectStore:
        made = OssObjectStore(**options)
        made.put("pins/人 1+1.jpg", b"data", media_type="image/jpeg")
        return made

    def test_a_url_works_for_get_and_for_nothing_else(self, store: OssObjectStore) -> None:
        url = store.sign("pins/人 1+1.jpg", seconds=60)

        assert url.isascii()
        assert fetch(url) == 200
        assert [fetch(url, verb) for verb in ("PUT", "DELETE", "HEAD")] == [403, 403, 403]

    def test_a_url_is_for_its_key_and_its_process(self, store: OssObjectStore) -> None:
        url = store.sign("pins/人 1+1.jpg", seconds=60, process="image/auto-orient,1")

        assert "x-oss-process=image" in url
        assert fetch(url.replace("auto-orient%2C1", "auto-orient%2C0")) == 403
        assert fetch(url.replace("1%2B1", "1%2B2")) == 403

    @pytest.mark.parametrize("seconds", [0, -1, 604_801])
    def test_a_life_that_oss_does_not_grant_is_refused(
        self, store: OssObjectStore, seconds: int
    ) -> None:
        with pytest.raises(ValueError, match="604800"):
            store.sign("pins/x", seconds=seconds)

    def test_the_public_endpoint_is_the_one_signed_for(self, options: dict[str, Any]) -> None:
        store = OssObjectStore(
            **{**options, "public_endpoint": "https://img.example.com", "is_cname": True}
        )

        url = store.sign("pins/x.jpg", seconds=60)
        assert url.startswith("https://img.example.com/pins/x.jpg?")
        assert "x-oss-signature-version=OSS4-HMAC-SHA256" in url


class TestTrouble:
    def test_a_wrong_secret_is_forbidden_and_not_repeated(self, options: dict[str, Any]) -> None:
        store = OssObjectStore(**{**options, "access_key_secret": "not-the-secret"})

        with pytest.raises(ForbiddenError) as caught:
            store.put("k", b"x", media_type="text/plain")
        assert "not-the-secret" not in str(caught.value)
        assert "k: SignatureDoesNotMatch" in str(caught.value)

    def test_a_bucket_that_is_not_there_says_nothing_about_its_objects(
        self, options: dict[str, Any]
    ) -> None:
        store = OssObjectStore(**{**options, "bucket": "another-bucket"})

        with pytest.raises(UnavailableError, match="NoSuchBucket"):
            store.read("k", limit=9)

    @pytest.mark.parametrize(
        ("fault", "word"),
        [
            ("error:500:InternalError", UnavailableError),
            ("error:503:ServiceUnavailable", ThrottledError),
            ("error:403:AccessDenied", ForbiddenError),
            ("drop-before", UnavailableError),
            ("drop-after", UnavailableError),
            ("truncate", UnavailableError),
        ],
    )
    def test_trouble_has_a_word(
        self, options: dict[str, Any], cloud: Cloud, fault: str, word: type[Exception]
    ) -> None:
        store = OssObjectStore(**options)
        store.put("k", bytes(100_000), media_type="image/jpeg")
        cloud.faults.add({"service": "oss", "operation": "*", "fault": fault, "count": 9})

        with pytest.raises(word):
            store.read("k", limit=100_000)

        cloud.faults.clear()
        assert len(store.read("k", limit=100_000)) == 100_000

    def test_a_read_in_short_trouble_is_tried_again(
        self, options: dict[str, Any], cloud: Cloud
    ) -> None:
        store = OssObjectStore(**options)
        put = store.put("k", bytes(100_000), media_type="image/jpeg")
        for fault in ("truncate", "drop-before"):
            cloud.faults.add({"service": "oss", "operation": "*", "fault": fault, "count": 2})
            assert store.read("k", limit=100_000) == bytes(100_000)
            cloud.faults.add(
                {"service": "oss", "operation": "*", "fault": "drop-after", "count": 2}
            )
            assert store.head("k").etag == put.etag

    def test_silence_ends_with_the_time_limit(self, options: dict[str, Any], cloud: Cloud) -> None:
        store = OssObjectStore(**options, timeout=0.5)
        cloud.faults.add({"service": "oss", "operation": "*", "fault": "delay:9", "count": 9})
        began = time.monotonic()

        with pytest.raises(UnavailableError, match="Timeout"):
            store.head("k")
        assert time.monotonic() - began < 1.4

    def test_a_write_in_trouble_is_not(self, options: dict[str, Any], cloud: Cloud) -> None:
        store = OssObjectStore(**options)
        cloud.faults.add({"service": "oss", "operation": "*", "fault": "drop-after", "count": 1})

        with pytest.raises(UnavailableError):
            store.put("k", b"x", media_type="image/jpeg")
        assert cloud.calls.snapshot()["calls"]["oss"]["PutObject"] == 1

    def test_nobody_there_is_unavailable(self, options: dict[str, Any]) -> None:
        nobody = "http://127.0.0.1:9"
        store = OssObjectStore(**{**options, "endpoint": nobody, "public_endpoint": nobody})

        with pytest.raises(UnavailableError, match="ConnectionError"):
            store.head("k")
