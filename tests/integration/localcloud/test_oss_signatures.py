"""Who may send what to the local OSS: signatures, dates, tokens, and the vendor's error codes."""

from __future__ import annotations

import base64
import time
from functools import partial

import oss2
import pytest

from scripts.localcloud.services.oss.documents import text
from tests.integration.localcloud.oss_client import Account, refused, v4_headers

VERSIONS = [oss2.AUTH_VERSION_1, oss2.AUTH_VERSION_2, oss2.AUTH_VERSION_4]
DAY = 86_400


# --- good signatures --------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_understood_in_headers(account: Account, version: str) -> None:
    bucket, key = account.own(version), "目录/a b+c%41&.png"
    bucket.put_object(key, b"1", headers={"x-oss-meta-a": "1"})

    assert bucket.get_object(key).read() == b"1"
    assert bucket.list_objects_v2(prefix="目录/a b+").object_list[0].key == key
    assert bucket.get_object(key, params={"response-content-type": "x/y"}).content_type == "x/y"
    assert bucket.batch_delete_objects([key]).deleted_keys == [key]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("slash_safe", [True, False])
def test_every_version_is_understood_in_urls(
    account: Account, version: str, slash_safe: bool
) -> None:
    bucket, key = account.own(version), "目录/a b+c%41&.png"
    put = bucket.sign_url("PUT", key, 60, headers={"Content-Type": "a/b"}, slash_safe=slash_safe)
    get = bucket.sign_url("GET", key, 60, slash_safe=slash_safe)

    assert account.http.put(put, data=b"1", headers={"Content-Type": "c/d"}).status_code == 403
    assert account.http.put(put, data=b"1", headers={"Content-Type": "a/b"}).status_code == 200
    assert account.http.get(get).content == b"1"
    assert account.http.put(get, data=b"2").status_code == 403
    assert account.http.get(get + "x").status_code == 403


@pytest.mark.parametrize("version", VERSIONS)
def test_temporary_credentials_work_with_their_token(account: Account, version: str) -> None:
    key_id, secret, token, _ = account.cloud.credentials.issue(3600, time.time())
    bucket = account.bucket(oss2.StsAuth(key_id, secret, token, auth_version=version))
    bucket.put_object("k", b"1")

    assert bucket.get_object("k").read() == b"1"
    assert account.http.get(bucket.sign_url("GET", "k", 60)).content == b"1"


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("{bucket}.oss-cn-beijing.aliyuncs.com", "/k"),
        ("{bucket}.localhost:80", "/k"),
        ("127.0.0.1:80", "/{bucket}/k"),
        ("localhost", "/{bucket}/k"),
        ("[::1]:80", "/{bucket}/k"),
        ("oss-cn-beijing.aliyuncs.com", "/{bucket}/k"),
    ],
)
@pytest.mark.parametrize("name", ["photos", "oss-photos"])
def test_a_bucket_is_named_by_the_path_or_by_the_host(
    account: Account, name: str, host: str, path: str
) -> None:
    bucket = account.bucket(name=name)
    bucket.create_bucket(oss2.BUCKET_ACL_PUBLIC_READ)
    bucket.put_object("k", name.encode())

    answer = account.http.get(
        account.endpoint + path.format(bucket=name), headers={"Host": host.format(bucket=name)}
    )

    assert answer.content == name.encode()


def test_a_signature_covers_the_bucket_that_the_host_names(account: Account) -> None:
    account.bucket().put_object("k", b"1")
    headers = v4_headers(account.cloud, time.time())

    def asked(bucket: str) -> int:
        host = f"{bucket}.oss-cn-beijing.aliyuncs.com"
        answer = account.http.get(account.endpoint + "/k", headers={**headers, "Host": host})
        return int(answer.status_code)

    account.bucket(name="another").create_bucket()
    assert asked(account.cloud.identity.bucket) == 200
    assert asked("another") == 403


# --- bad ones ---------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wrong_secret_or_key_is_refused(account: Account, version: str) -> None:
    who = account.cloud.identity
    wrong = account.bucket(oss2.make_auth(who.access_key_id, "wrong", version))
    unknown = account.bucket(oss2.make_auth("LTAInobody", who.access_key_secret, version))

    assert refused(lambda: wrong.put_object("k", b"1")) == (403, "SignatureDoesNotMatch")
    assert refused(lambda: unknown.put_object("k", b"1")) == (403, "InvalidAccessKeyId")
    assert refused(lambda: wrong.head_object("k")) == (403, "SignatureDoesNotMatch")
    assert not account.bucket().object_exists("k")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_token_must_belong_to_its_key_and_live(account: Account, version: str) -> None:
    issue, who = account.cloud.credentials.issue, account.cloud.identity
    key_id, secret, token, _ = issue(3600, time.time())
    _, _, other, _ = issue(3600, time.time())
    old_id, old_secret, old, _ = issue(3600, time.time() - 3700)

    def attempt(key: str, secret: str, token: str) -> tuple[int, str]:
        auth = oss2.StsAuth(key, secret, token, auth_version=version)
        return refused(lambda: account.bucket(auth).put_object("k", b"1"))

    assert attempt(key_id, secret, other) == (403, "InvalidSecurityToken")
    assert attempt(key_id, secret, "") == (403, "InvalidSecurityToken")
    assert attempt(old_id, old_secret, old) == (403, "SecurityTokenExpired")
    assert attempt(who.access_key_id, who.access_key_secret, token) == (403, "InvalidAccessKeyId")


def test_a_missing_bucket_is_told_before_a_missing_key_id(account: Account) -> None:
    nobody = oss2.AuthV4("LTAInobody", "x")

    missing = account.bucket(nobody, name="no-such-bucket")
    assert refused(lambda: missing.get_object("k")) == (404, "NoSuchBucket")
    assert refused(lambda: missing.head_object("k")) == (404, "NoSuchBucket")
    assert refused(missing.create_bucket) == (403, "InvalidAccessKeyId")
    opening = partial(missing.put_bucket_acl, oss2.BUCKET_ACL_PRIVATE)
    assert refused(opening) == (403, "InvalidAccessKeyId")


def test_another_region_or_product_is_refused(account: Account) -> None:
    elsewhere = account.bucket(region="cn-hangzhou")
    with pytest.raises(oss2.exceptions.ServerError) as error:
        elsewhere.get_object("k")
    assert (error.value.status, error.value.code) == (400, "InvalidArgument")
    assert error.value.ec == "0002-00000226"
    assert error.value.message == "Invalid signing region in Authorization header."
    url = account.http.get(elsewhere.sign_url("GET", "k", 60))
    assert (url.status_code, text(url.text, "Message")) == (
        400,
        "The signing region in credential is invalid.",
    )

    day, path = time.strftime("%Y%m%d", time.gmtime()), f"/{account.cloud.identity.bucket}/k"
    for scope in (
        f"{day}/cn-beijing/ots/aliyun_v4_request",
        f"{day}/cn-beijing/oss/aws4_request",
        "20200101/cn-beijing/oss/aliyun_v4_request",
    ):
        headers = v4_headers(account.cloud, time.time(), scope=scope)
        assert account.get(path, headers) == (400, "InvalidArgument")


def test_nobody_reads_a_private_bucket_and_everybody_a_public_one(account: Account) -> None:
    bucket, path = account.bucket(), f"/{account.cloud.identity.bucket}/k"
    bucket.put_object("k", b"1")

    assert account.get(path, {}) == (403, "AccessDenied")
    assert account.get("/", {}) == (403, "AccessDenied")
    bucket.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ)
    assert account.get(path, {})[0] == 200
    assert account.http.put(account.endpoint + path, data=b"2").status_code == 403
    bucket.put_object_acl("k", oss2.OBJECT_ACL_PRIVATE)
    assert account.get(path, {}) == (403, "AccessDenied")


# --- the form of errors -----------------------------------------------------------------------


def test_an_error_has_the_vendors_form(account: Account) -> None:
    url = account.bucket().sign_url("GET", "none & <nothing>", 60)
    answer = account.http.get(url)

    assert answer.headers["Content-Type"] == "application/xml"
    assert "xmlns" not in answer.text
    assert text(answer.text, "Code") == "NoSuchKey"
    assert text(answer.text, "Key") == "none & <nothing>"
    assert text(answer.text, "EC") == answer.headers["x-oss-ec"] == "0026-00000001"
    assert text(answer.text, "RequestId") == answer.headers["x-oss-request-id"]
    assert text(answer.text, "HostId") == account.endpoint.partition("//")[2]


def test_the_error_of_a_head_travels_in_a_header(account: Account) -> None:
    answer = account.http.head(account.bucket().sign_url("HEAD", "none", 60))

    document = base64.b64decode(answer.headers["x-oss-err"]).decode()
    assert (answer.status_code, text(document, "Code")) == (404, "NoSuchKey")


def test_what_is_not_offered_says_so(account: Account) -> None:
    bucket = account.bucket()

    assert refused(bucket.get_bucket_website) == (501, "NotImplemented")
    for method, key in (("PATCH", "k"), ("POST", "k"), ("PATCH", "")):
        call = partial(bucket._do, method, bucket.bucket_name, key)
        assert refused(call) == (405, "MethodNotAllowed")


def test_what_beside_an_operation_is_not_offered_is_refused_and_logged_once(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    bucket = account.bucket()
    callback = {"x-oss-callback": base64.b64encode(b"{}").decode()}
    encrypted = {"x-oss-server-side-encryption": "KMS"}

    for headers in (callback, encrypted, callback):
        assert refused(partial(bucket.put_object, "k", b"1", headers=headers)) == (
            501,
            "NotImplemented",
        )
    url = bucket.sign_url("PUT", "k", 60, params={"callback": callback["x-oss-callback"]})
    assert account.http.put(url, data=b"1").status_code == 501
    assert not bucket.object_exists("k")
    told = [record for record in caplog.records if "PUT" in record.getMessage()]
    assert len(told) == 2  # once each, with the query and without


def test_the_encryption_that_needs_no_key_service_is_told_again(account: Account) -> None:
    bucket = account.bucket()
    name = "x-oss-server-side-encryption"
    put = bucket.put_object("k", b"1", headers={name: "AES256"})
    upload = bucket.init_multipart_upload("k", headers={name: "AES256"})

    assert put.headers[name] == upload.headers[name] == "AES256"
    assert bucket.head_object("k").headers[name] == "AES256"


def test_an_error_on_order_has_the_services_form(account: Account) -> None:
    fault = {"service": "oss", "operation": "PutObject", "fault": "error:503:SlowDown", "count": 1}
    account.cloud.faults.add(fault)

    assert refused(lambda: account.bucket().put_object("k", b"1")) == (503, "SlowDown")
    account.bucket().put_object("k", b"1")
