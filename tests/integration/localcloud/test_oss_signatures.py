"""Who may send what to the local OSS: signatures, dates, tokens, and the vendor's error codes."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from email.utils import formatdate
from urllib.parse import quote

import oss2
import pytest
import requests

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.services.oss import signing
from scripts.localcloud.services.oss.documents import text
from scripts.localcloud.services.oss.service import OssService
from scripts.localcloud.services.oss.urls import OssRequest

VERSIONS = [oss2.AUTH_VERSION_1, oss2.AUTH_VERSION_2, oss2.AUTH_VERSION_4]
DAY = 86_400


class Caller:
    """Clients of the local OSS, all on one session."""

    def __init__(self, cloud: Cloud, endpoint: str) -> None:
        self.cloud = cloud
        self.endpoint = endpoint
        self.session = oss2.Session()

    @property
    def http(self) -> requests.Session:
        """The plain HTTP client."""
        session: requests.Session = self.session.session
        return session

    def bucket(self, auth: object = None, name: str = "", region: str = "") -> oss2.Bucket:
        """A client; V4 with the account's own key unless told otherwise."""
        who = self.cloud.identity
        auth = auth or oss2.AuthV4(who.access_key_id, who.access_key_secret)
        return oss2.Bucket(
            auth,
            self.endpoint,
            name or who.bucket,
            session=self.session,
            region=region or who.region,
        )

    def own(self, version: str) -> oss2.Bucket:
        """A client of the account that signs in this version."""
        who = self.cloud.identity
        return self.bucket(oss2.make_auth(who.access_key_id, who.access_key_secret, version))

    def get(self, path: str, headers: dict[str, str]) -> tuple[int, str]:
        """GET; answers status and error code."""
        answer = self.http.get(self.endpoint + path, headers=headers)
        return answer.status_code, text(answer.text, "Code") or ""


@pytest.fixture
def caller(cloud: Cloud, serve_in_thread: Callable[[Service], str]) -> Iterator[Caller]:
    made = Caller(cloud, serve_in_thread(OssService(cloud)))
    yield made
    made.http.close()


def refused(call: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(oss2.exceptions.ServerError) as error:
        call()
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


def v4_headers(cloud: Cloud, at: float, *, scope: str = "", **more: str) -> dict[str, str]:
    """Headers of a GET of `k`, signed at a time of one's own."""
    who = cloud.identity
    date = datetime.fromtimestamp(at, timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = scope or f"{date[:8]}/{who.region}/oss/aliyun_v4_request"
    headers = {"x-oss-date": date, "x-oss-content-sha256": "UNSIGNED-PAYLOAD", **more}
    request = request_for(cloud, {}, {"Accept-Encoding": "identity", **headers})
    sent = signing.v4_signature(request, who.access_key_secret, date, scope, [])
    credential = f"Credential={who.access_key_id}/{scope}"
    return {**headers, "Authorization": f"OSS4-HMAC-SHA256 {credential}, Signature={sent}"}


# --- good signatures --------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_understood_in_headers(caller: Caller, version: str) -> None:
    bucket, key = caller.own(version), "目录/a b+c%41&.png"
    bucket.put_object(key, b"1", headers={"x-oss-meta-a": "1"})

    assert bucket.get_object(key).read() == b"1"
    assert bucket.list_objects_v2(prefix="目录/a b+").object_list[0].key == key
    assert bucket.get_object(key, params={"response-content-type": "x/y"}).content_type == "x/y"
    assert bucket.batch_delete_objects([key]).deleted_keys == [key]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("slash_safe", [True, False])
def test_every_version_is_understood_in_urls(
    caller: Caller, version: str, slash_safe: bool
) -> None:
    bucket, key = caller.own(version), "目录/a b+c%41&.png"
    put = bucket.sign_url("PUT", key, 60, headers={"Content-Type": "a/b"}, slash_safe=slash_safe)
    get = bucket.sign_url("GET", key, 60, slash_safe=slash_safe)

    assert caller.http.put(put, data=b"1", headers={"Content-Type": "a/b"}).status_code == 200
    assert caller.http.get(get).content == b"1"
    assert caller.http.put(get, data=b"2").status_code == 403
    assert caller.http.get(get + "x").status_code == 403


@pytest.mark.parametrize("version", VERSIONS)
def test_temporary_credentials_work_with_their_token(caller: Caller, version: str) -> None:
    key_id, secret, token, _ = caller.cloud.credentials.issue(3600, time.time())
    bucket = caller.bucket(oss2.StsAuth(key_id, secret, token, auth_version=version))
    bucket.put_object("k", b"1")

    assert bucket.get_object("k").read() == b"1"
    assert caller.http.get(bucket.sign_url("GET", "k", 60)).content == b"1"


def test_a_virtual_hosted_request_is_understood(caller: Caller) -> None:
    caller.bucket().put_object("k", b"1")
    headers = v4_headers(caller.cloud, time.time())
    host = f"{caller.cloud.identity.bucket}.oss-cn-beijing.aliyuncs.com"

    answer = caller.http.get(caller.endpoint + "/k", headers={**headers, "Host": host})

    assert answer.content == b"1"


# --- bad ones ---------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wrong_secret_or_key_is_refused(caller: Caller, version: str) -> None:
    who = caller.cloud.identity
    wrong = caller.bucket(oss2.make_auth(who.access_key_id, "wrong", version))
    unknown = caller.bucket(oss2.make_auth("LTAInobody", who.access_key_secret, version))

    assert refused(lambda: wrong.put_object("k", b"1")) == (403, "SignatureDoesNotMatch")
    assert refused(lambda: unknown.put_object("k", b"1")) == (403, "InvalidAccessKeyId")
    assert refused(lambda: wrong.head_object("k")) == (403, "SignatureDoesNotMatch")
    assert not caller.bucket().object_exists("k")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_token_must_belong_to_its_key_and_live(caller: Caller, version: str) -> None:
    issue, who = caller.cloud.credentials.issue, caller.cloud.identity
    key_id, secret, token, _ = issue(3600, time.time())
    _, _, other, _ = issue(3600, time.time())
    old_id, old_secret, old, _ = issue(3600, time.time() - 3700)

    def attempt(key: str, secret: str, token: str) -> tuple[int, str]:
        auth = oss2.StsAuth(key, secret, token, auth_version=version)
        return refused(lambda: caller.bucket(auth).put_object("k", b"1"))

    assert attempt(key_id, secret, other) == (403, "InvalidSecurityToken")
    assert attempt(key_id, secret, "") == (403, "InvalidSecurityToken")
    assert attempt(old_id, old_secret, old) == (403, "SecurityTokenExpired")
    assert attempt(who.access_key_id, who.access_key_secret, token) == (403, "InvalidAccessKeyId")


def test_a_missing_bucket_is_told_before_a_missing_key_id(caller: Caller) -> None:
    nobody = oss2.AuthV4("LTAInobody", "x")

    missing = caller.bucket(nobody, name="no-such-bucket")
    assert refused(lambda: missing.get_object("k")) == (404, "NoSuchBucket")
    assert refused(lambda: missing.head_object("k")) == (404, "NoSuchBucket")
    assert refused(missing.create_bucket) == (403, "InvalidAccessKeyId")


def test_another_region_or_product_is_refused(caller: Caller) -> None:
    elsewhere = caller.bucket(region="cn-hangzhou")
    with pytest.raises(oss2.exceptions.ServerError) as error:
        elsewhere.get_object("k")
    assert (error.value.status, error.value.code) == (400, "InvalidArgument")
    assert error.value.ec == "0002-00000226"

    day, path = time.strftime("%Y%m%d", time.gmtime()), f"/{caller.cloud.identity.bucket}/k"
    for scope in (
        f"{day}/cn-beijing/ots/aliyun_v4_request",
        f"{day}/cn-beijing/oss/aws4_request",
        "20200101/cn-beijing/oss/aliyun_v4_request",
    ):
        headers = v4_headers(caller.cloud, time.time(), scope=scope)
        assert caller.get(path, headers) == (400, "InvalidArgument")


def test_a_request_signed_on_another_day_is_refused(caller: Caller) -> None:
    caller.bucket().put_object("k", b"1")
    cloud, path = caller.cloud, f"/{caller.cloud.identity.bucket}/k"

    assert caller.get(path, v4_headers(cloud, time.time() - 800))[0] == 200
    for skew in (-DAY, DAY, -1000, 1000):
        headers = v4_headers(cloud, time.time() + skew)
        assert caller.get(path, headers) == (403, "RequestTimeTooSkewed")


def test_the_dates_of_v1_may_stand_in_x_oss_date(caller: Caller) -> None:
    caller.bucket().put_object("k", b"1")
    who, path = caller.cloud.identity, f"/{caller.cloud.identity.bucket}/k"

    def attempt(names: tuple[str, ...], at: float) -> tuple[int, str]:
        headers = {name: formatdate(at, usegmt=True) for name in names}
        request = request_for(caller.cloud, {}, headers)
        date = headers[names[-1]]
        sent = signing.v1_signature(request, who.access_key_secret, date)
        headers["Authorization"] = f"OSS {who.access_key_id}:{sent}"
        return caller.get(path, headers)

    assert attempt(("Date",), time.time())[0] == 200
    assert attempt(("x-oss-date",), time.time())[0] == 200
    assert attempt(("Date", "x-oss-date"), time.time())[0] == 200
    assert attempt(("Date",), time.time() - DAY) == (403, "RequestTimeTooSkewed")
    assert attempt(("x-oss-date",), time.time() + DAY) == (403, "RequestTimeTooSkewed")


def test_the_clouds_own_clock_does_not_move_signatures(caller: Caller) -> None:
    caller.cloud.clock.advance(30 * DAY)

    caller.bucket().put_object("k", b"1")
    url = caller.bucket().sign_url("GET", "k", 60)

    assert caller.http.get(url).content == b"1"
    assert caller.bucket().head_object("k").last_modified > time.time() + 29 * DAY


def _expired(caller: Caller, version: str) -> str:
    """A URL that ended a minute ago."""
    return str(caller.own(version).sign_url("GET", "k", -60, slash_safe=True))


@pytest.mark.parametrize("version", [oss2.AUTH_VERSION_1, oss2.AUTH_VERSION_2])
def test_a_url_ends_when_it_says(caller: Caller, version: str) -> None:
    answer = caller.http.get(_expired(caller, version))

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
    caller: Caller, signed_ago: int, lifetime: int, error: tuple[int, str]
) -> None:
    caller.bucket().put_object("k", b"1")
    who = caller.cloud.identity
    moment = datetime.fromtimestamp(time.time() - signed_ago, timezone.utc)
    date = moment.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{date[:8]}/{who.region}/oss/aliyun_v4_request"
    query = {
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-credential": f"{who.access_key_id}/{scope}",
        "x-oss-date": date,
        "x-oss-expires": str(lifetime),
    }
    request = request_for(caller.cloud, query, {})
    query["x-oss-signature"] = signing.v4_signature(request, who.access_key_secret, date, scope, [])
    pairs = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())

    assert caller.get(f"/{who.bucket}/k?{pairs}", {}) == error


def test_nobody_reads_a_private_bucket_and_everybody_a_public_one(caller: Caller) -> None:
    bucket, path = caller.bucket(), f"/{caller.cloud.identity.bucket}/k"
    bucket.put_object("k", b"1")

    assert caller.get(path, {}) == (403, "AccessDenied")
    assert caller.get("/", {}) == (403, "AccessDenied")
    bucket.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ)
    assert caller.get(path, {})[0] == 200
    assert caller.http.put(caller.endpoint + path, data=b"2").status_code == 403
    bucket.put_object_acl("k", oss2.OBJECT_ACL_PRIVATE)
    assert caller.get(path, {}) == (403, "AccessDenied")


# --- the form of errors -----------------------------------------------------------------------


def test_an_error_has_the_vendors_form(caller: Caller) -> None:
    url = caller.bucket().sign_url("GET", "none & <nothing>", 60)
    answer = caller.http.get(url)

    assert answer.headers["Content-Type"] == "application/xml"
    assert "xmlns" not in answer.text
    assert text(answer.text, "Code") == "NoSuchKey"
    assert text(answer.text, "Key") == "none & <nothing>"
    assert text(answer.text, "EC") == answer.headers["x-oss-ec"] == "0026-00000001"
    assert text(answer.text, "RequestId") == answer.headers["x-oss-request-id"]
    assert text(answer.text, "HostId") == caller.endpoint.partition("//")[2]


def test_the_error_of_a_head_travels_in_a_header(caller: Caller) -> None:
    answer = caller.http.head(caller.bucket().sign_url("HEAD", "none", 60))

    document = base64.b64decode(answer.headers["x-oss-err"]).decode()
    assert (answer.status_code, text(document, "Code")) == (404, "NoSuchKey")


def test_what_is_not_offered_says_so(caller: Caller) -> None:
    assert refused(caller.bucket().get_bucket_website) == (501, "NotImplemented")


def test_an_error_on_order_has_the_services_form(caller: Caller) -> None:
    fault = {"service": "oss", "operation": "PutObject", "fault": "error:503:SlowDown", "count": 1}
    caller.cloud.faults.add(fault)

    assert refused(lambda: caller.bucket().put_object("k", b"1")) == (503, "SlowDown")
    caller.bucket().put_object("k", b"1")
