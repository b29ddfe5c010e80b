"""When a signature is good to the local OSS: dates of headers, and how long URLs live."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import formatdate
from urllib.parse import quote

import oss2
import pytest

from scripts.localcloud.services.oss import signing
from scripts.localcloud.services.oss.documents import text
from scripts.localcloud.services.oss.urls import OssRequest
from tests.integration.localcloud.oss_client import Account, request_for, v4_headers

VERSIONS = [oss2.AUTH_VERSION_1, oss2.AUTH_VERSION_2, oss2.AUTH_VERSION_4]
DAY = 86_400


def test_a_request_signed_on_another_day_is_refused(account: Account) -> None:
    account.bucket().put_object("k", b"1")
    cloud, path = account.cloud, f"/{account.cloud.identity.bucket}/k"

    assert account.get(path, v4_headers(cloud, time.time() - 800))[0] == 200
    for skew in (-DAY, DAY, -1000, 1000):
        headers = v4_headers(cloud, time.time() + skew)
        assert account.get(path, headers) == (403, "RequestTimeTooSkewed")


def _by_v1(request: OssRequest, key_id: str, secret: str, date: str) -> str:
    return f"OSS {key_id}:{signing.v1_signature(request, secret, date)}"


def _by_v2(request: OssRequest, key_id: str, secret: str, date: str) -> str:
    return f"OSS2 AccessKeyId:{key_id},Signature:{signing.v2_signature(request, secret, date, [])}"


@pytest.mark.parametrize("sign", [_by_v1, _by_v2])
def test_the_dates_of_v1_and_v2_may_stand_in_x_oss_date(
    account: Account, sign: Callable[[OssRequest, str, str, str], str]
) -> None:
    account.bucket().put_object("k", b"1")
    who, path = account.cloud.identity, f"/{account.cloud.identity.bucket}/k"

    def attempt(names: tuple[str, ...], at: float) -> tuple[int, str]:
        headers = {name: formatdate(at, usegmt=True) for name in names}
        request = request_for(account.cloud, {}, headers)
        date = headers[names[-1]]
        headers["Authorization"] = sign(request, who.access_key_id, who.access_key_secret, date)
        return account.get(path, headers)

    assert attempt(("Date",), time.time())[0] == 200
    assert attempt(("x-oss-date",), time.time())[0] == 200
    assert attempt(("Date", "x-oss-date"), time.time())[0] == 200
    assert attempt(("Date",), time.time() - DAY) == (403, "RequestTimeTooSkewed")
    assert attempt(("x-oss-date",), time.time() + DAY) == (403, "RequestTimeTooSkewed")


def test_the_clouds_own_clock_does_not_move_signatures(account: Account) -> None:
    account.cloud.clock.advance(30 * DAY)

    account.bucket().put_object("k", b"1")
    url = account.bucket().sign_url("GET", "k", 60)

    assert account.http.get(url).content == b"1"
    assert account.bucket().head_object("k").last_modified > time.time() + 29 * DAY


def _expired(account: Account, version: str) -> str:
    """A URL that ended a minute ago."""
    return str(account.own(version).sign_url("GET", "k", -60, slash_safe=True))


@pytest.mark.parametrize("version", [oss2.AUTH_VERSION_1, oss2.AUTH_VERSION_2])
def test_a_url_ends_when_it_says(account: Account, version: str) -> None:
    answer = account.http.get(_expired(account, version))

    assert answer.status_code == 403
    assert text(answer.text, "Code") == "AccessDenied"
    assert text(answer.text, "Message") == "Request has expired."
    assert answer.headers["x-oss-ec"] == "0002-00000069"


@pytest.mark.parametrize(
    ("signed_ago", "lifetime", "error"),
    [
        (0, 600, (200, "")),
        (500, 600, (200, "")),
        (700, 600, (403, "AccessDenied")),
        (6 * DAY, 7 * DAY, (200, "")),
        (0, 7 * DAY + 1, (400, "InvalidArgument")),
        (0, 0, (400, "InvalidArgument")),
        (-1000, 600, (403, "RequestTimeTooSkewed")),
    ],
)
def test_a_v4_url_lives_from_its_date_at_most_a_week(
    account: Account, signed_ago: int, lifetime: int, error: tuple[int, str]
) -> None:
    account.bucket().put_object("k", b"1")
    who = account.cloud.identity
    moment = datetime.fromtimestamp(time.time() - signed_ago, timezone.utc)
    date = moment.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{date[:8]}/{who.region}/oss/aliyun_v4_request"
    query = {
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-credential": f"{who.access_key_id}/{scope}",
        "x-oss-date": date,
        "x-oss-expires": str(lifetime),
    }
    request = request_for(account.cloud, query, {})
    query["x-oss-signature"] = signing.v4_signature(request, who.access_key_secret, date, scope, [])
    pairs = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())

    assert account.get(f"/{who.bucket}/k?{pairs}", {}) == error
