"""Clients of a local OSS under test: the vendor's, a plain one, and a listener to its events."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import oss2
import pytest
import requests

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.oss import signing
from scripts.localcloud.services.oss.documents import text
from scripts.localcloud.services.oss.urls import OssRequest


class Account:
    """The account's clients, all on one session."""

    def __init__(self, cloud: Cloud, endpoint: str) -> None:
        self.cloud = cloud
        self.endpoint = endpoint
        self.session = oss2.Session()

    @property
    def http(self) -> requests.Session:
        """The plain HTTP client."""
        session: requests.Session = self.session.session
        return session

    def bucket(self, auth: object = None, *, name: str = "", region: str = "") -> oss2.Bucket:
        """A client of a bucket; V4 with the account's own key unless told otherwise."""
        return oss2.Bucket(
            auth or self._auth(),
            self.endpoint,
            name or self.cloud.identity.bucket,
            session=self.session,
            region=region or self.cloud.identity.region,
            connect_timeout=20,
        )

    def own(self, version: str) -> oss2.Bucket:
        """A client of the account that signs in this version."""
        return self.bucket(self._auth(version))

    def service(self) -> oss2.Service:
        """A client of the whole account."""
        region = self.cloud.identity.region
        return oss2.Service(self._auth(), self.endpoint, session=self.session, region=region)

    def get(self, path: str, headers: dict[str, str]) -> tuple[int, str]:
        """GET; answers status and error code."""
        answer = self.http.get(self.endpoint + path, headers=headers)
        return answer.status_code, text(answer.text, "Code") or ""

    def close(self) -> None:
        """Let the connections go."""
        self.http.close()

    def _auth(self, version: str = oss2.AUTH_VERSION_4) -> object:
        who = self.cloud.identity
        made: object = oss2.make_auth(who.access_key_id, who.access_key_secret, version)
        return made


class Heard:
    """The event records that a service announces."""

    def __init__(self, cloud: Cloud) -> None:
        self._records: list[dict[str, Any]] = []
        self._arrived = threading.Condition()
        cloud.bus.subscribe("oss.object-created", self._take)

    async def _take(self, message: dict[str, Any]) -> None:
        with self._arrived:
            self._records.append(message["record"])
            self._arrived.notify_all()

    def wait(self, count: int) -> list[dict[str, Any]]:
        """The records, once there are `count`."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self._records) >= count, 10), self._records
            return list(self._records)

    def last(self, count: int) -> tuple[str, str, str]:
        """Name, key and ETag of the last record, once there are `count`."""
        record = self.wait(count)[-1]
        stored = record["oss"]["object"]
        return record["eventName"], stored["key"], stored["eTag"]


def refused(call: Callable[[], object]) -> tuple[int, str]:
    """Status and code of the error that the call ends in."""
    with pytest.raises(oss2.exceptions.ServerError) as error:
        call()
    # The frames hold the answer, whose socket would be found unclosed when it is collected.
    traceback.clear_frames(error.tb)
    return error.value.status, error.value.code


def request_for(cloud: Cloud, query: dict[str, str], headers: dict[str, str]) -> OssRequest:
    """What a GET of the object `k` is to a signer."""
    return OssRequest(
        method="GET",
        bucket=cloud.identity.bucket,
        key="k",
        query=query,
        headers={name.lower(): value for name, value in headers.items()},
        host="",
        remote="",
        request_id="",
    )


def v4_headers(cloud: Cloud, at: float, *, scope: str = "") -> dict[str, str]:
    """Headers of a GET of `k`, signed at a time of one's own."""
    who = cloud.identity
    date = datetime.fromtimestamp(at, timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = scope or f"{date[:8]}/{who.region}/oss/aliyun_v4_request"
    headers = {"x-oss-date": date, "x-oss-content-sha256": "UNSIGNED-PAYLOAD"}
    request = request_for(cloud, {}, headers)
    sent = signing.v4_signature(request, who.access_key_secret, date, scope, [])
    credential = f"Credential={who.access_key_id}/{scope}"
    return {**headers, "Authorization": f"OSS4-HMAC-SHA256 {credential}, Signature={sent}"}
