"""Objects that HTML forms upload to the local OSS, and the policies that allow it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import oss2
import pytest
import requests

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.services.oss import signing
from scripts.localcloud.services.oss.documents import text
from scripts.localcloud.services.oss.service import OssService
from tests.integration.localcloud.oss_client import Account, Heard


@pytest.fixture
def heard(cloud: Cloud) -> Heard:
    return Heard(cloud)


@pytest.fixture
def account(
    cloud: Cloud,
    heard: Heard,  # listens before the service starts
    serve_in_thread: Callable[[Service], str],
) -> Iterator[Account]:
    made = Account(cloud, serve_in_thread(OssService(cloud)))
    yield made
    made.close()


def policy(conditions: object, expiration: str = "2100-01-01T00:00:00.000Z") -> str:
    document = {"expiration": expiration, "conditions": conditions}
    return base64.b64encode(json.dumps(document).encode()).decode()


def signed_v1(written: str, key_id: str, secret: str) -> dict[str, str]:
    digest = hmac.new(secret.encode(), written.encode(), hashlib.sha1).digest()
    signature = base64.b64encode(digest).decode()
    return {"OSSAccessKeyId": key_id, "policy": written, "Signature": signature}


def signed_v4(written: str, key_id: str, secret: str, region: str) -> dict[str, str]:
    scope = f"20990101/{region}/oss/aliyun_v4_request"
    key = signing.v4_key(secret, scope)
    return {
        "policy": written,
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-credential": f"{key_id}/{scope}",
        "x-oss-date": "20990101T000000Z",
        "x-oss-signature": hmac.new(key, written.encode(), hashlib.sha256).hexdigest(),
    }


def send(bucket: oss2.Bucket, fields: dict[str, str]) -> requests.Response:
    """Post a form with a small picture."""
    answer: requests.Response = bucket.session.session.post(
        f"{bucket.endpoint}/{bucket.bucket_name}",
        data=fields,
        files={"file": ("dir\\照片.png", b"picture", "image/png")},
        allow_redirects=False,
    )
    return answer


def post(bucket: oss2.Bucket, cloud: Cloud, conditions: object, **fields: str) -> tuple[int, str]:
    """Post a form signed by the account; answers status and body."""
    who = cloud.identity
    signed = signed_v1(policy(conditions), who.access_key_id, who.access_key_secret)
    answer = send(bucket, {**signed, **fields})
    return answer.status_code, answer.text


def test_a_form_upload_is_stored_and_announced(
    bucket: oss2.Bucket, cloud: Cloud, heard: Heard
) -> None:
    conditions = [{"bucket": cloud.identity.bucket}, ["starts-with", "$key", "uploads/"]]
    fields = {"key": "uploads/${filename}", "success_action_status": "201", "x-oss-meta-a": "1"}

    status, body = post(bucket, cloud, conditions, **fields)

    key = "uploads/照片.png"
    assert status == 201
    assert f"<Key>{key}</Key>" in body
    assert bucket.get_object(key).read() == b"picture"
    assert bucket.head_object(key).headers["Content-Type"] == "image/png"
    assert bucket.head_object(key).headers["x-oss-meta-a"] == "1"
    assert heard.last(1)[:2] == ("ObjectCreated:PostObject", key)


@pytest.mark.parametrize(
    ("conditions", "fields", "error"),
    [
        ([["starts-with", "$key", "other/"]], {}, (403, "AccessDenied")),
        ([{"bucket": "another"}], {}, (403, "AccessDenied")),
        ([["content-length-range", 0, 3]], {}, (400, "EntityTooLarge")),
        ([["content-length-range", 100, 300]], {}, (400, "EntityTooSmall")),
        ([["content-length-range", 300, 100]], {}, (400, "InvalidPolicyDocument")),
        ([["content-length-range", True, 100]], {}, (400, "InvalidPolicyDocument")),
        ([["content-length-range", [1], 100]], {}, (400, "InvalidPolicyDocument")),
        ([["starts-with", "$key", "k", "k"]], {}, (400, "InvalidPolicyDocument")),
        ([["eq", "success_action_status", "200"]], {}, (403, "AccessDenied")),
        ([["in", "$key", ["a", "b"]]], {}, (403, "AccessDenied")),
        ([["not-in", "$key", ["k"]]], {}, (403, "AccessDenied")),
        ([123], {}, (400, "InvalidPolicyDocument")),
        (123, {}, (400, "InvalidPolicyDocument")),
        ([], {"callback": "e30="}, (501, "NotImplemented")),
        ([], {"x-oss-meta-a": "1\r\nb: c"}, (400, "InvalidArgument")),
        ([], {"x-oss-meta-a b:": "1"}, (400, "InvalidArgument")),
        ([], {"Content-Disposition": "a\nb"}, (400, "InvalidArgument")),
        ([], {"success_action_redirect": "/a\r\nb: c"}, (400, "InvalidArgument")),
        ([], {"x-oss-object-acl": "everybody"}, (400, "InvalidArgument")),
        ([], {"filler": "x" * (8 * 2**20)}, (400, "MaxPOSTPreDataLengthExceededError")),
        ([["like", "$key", "x"]], {}, (400, "InvalidPolicyDocument")),
        ([], {"Signature": "wrong"}, (403, "SignatureDoesNotMatch")),
        ([], {"OSSAccessKeyId": "nobody"}, (403, "InvalidAccessKeyId")),
        ([], {"key": ""}, (400, "InvalidObjectName")),
        ([], {"policy": "bm90IGpzb24="}, (403, "SignatureDoesNotMatch")),
    ],
)
def test_a_form_that_breaks_its_policy_is_refused(
    bucket: oss2.Bucket,
    cloud: Cloud,
    conditions: object,
    fields: dict[str, str],
    error: tuple[int, str],
) -> None:
    status, body = post(bucket, cloud, conditions, **{"key": "k", **fields})

    assert (status, f"<Code>{error[1]}</Code>" in body) == (error[0], True), body
    assert not bucket.list_objects_v2().object_list


def test_a_form_that_keeps_to_every_condition_is_taken(bucket: oss2.Bucket, cloud: Cloud) -> None:
    conditions = [
        {"bucket": cloud.identity.bucket, "key": "k"},
        ["eq", "$key", "k"],
        ["starts-with", "$x-oss-meta-a", ""],
        ["in", "$content-type", ["image/png", "image/jpeg"]],
        ["not-in", "$cache-control", ["no-cache"]],
        ["content-length-range", 7, 7],
    ]

    fields = {"key": "k", "Content-Type": "image/jpeg", "x-oss-object-acl": "public-read"}
    assert post(bucket, cloud, conditions, **fields) == (204, "")
    assert bucket.head_object("k").headers["Content-Type"] == "image/jpeg"
    assert bucket.get_object_acl("k").acl == "public-read"


def test_a_form_says_how_its_success_is_told(bucket: oss2.Bucket, cloud: Cloud) -> None:
    who = cloud.identity
    signed = signed_v1(policy([]), who.access_key_id, who.access_key_secret)

    plain = send(bucket, {**signed, "key": "k", "success_action_status": "200"})
    assert (plain.status_code, plain.text) == (200, "")
    strange = send(bucket, {**signed, "key": "k", "success_action_status": "404"})
    assert strange.status_code == 204
    onward = {"key": "a b", "success_action_redirect": "http://127.0.0.1/done?x=1"}
    sent = send(bucket, {**signed, **onward})
    assert sent.status_code == 303
    told = parse_qs(urlsplit(sent.headers["Location"]).query)
    assert told == {
        "x": ["1"],
        "bucket": [who.bucket],
        "key": ["a b"],
        "etag": [sent.headers["ETag"]],
    }


@pytest.mark.parametrize(
    ("expiration", "error"),
    [
        ("2001-01-01T00:00:00Z", (403, "AccessDenied")),
        ("2001-01-01T00:00:00.000Z", (403, "AccessDenied")),
        ("tomorrow", (400, "InvalidPolicyDocument")),
    ],
)
def test_a_policy_ends_when_it_says(
    bucket: oss2.Bucket, cloud: Cloud, expiration: str, error: tuple[int, str]
) -> None:
    who = cloud.identity
    written = policy([], expiration)
    signed = signed_v1(written, who.access_key_id, who.access_key_secret)

    answer = send(bucket, {**signed, "key": "k"})

    assert (answer.status_code, text(answer.text, "Code")) == error


def test_a_form_may_be_signed_in_v4_and_by_temporary_credentials(
    bucket: oss2.Bucket, cloud: Cloud
) -> None:
    who = cloud.identity
    key_id, secret, token, _ = cloud.credentials.issue(3600, cloud.clock.now())
    own = signed_v4(policy([]), who.access_key_id, who.access_key_secret, who.region)
    lent = signed_v4(policy([]), key_id, secret, who.region)

    assert send(bucket, {**own, "key": "own"}).status_code == 204
    assert send(bucket, {**lent, "key": "lent"}).status_code == 403  # without its token
    assert send(bucket, {**lent, "key": "lent", "x-oss-security-token": token}).status_code == 204
    foreign = signed_v4(policy([]), who.access_key_id, who.access_key_secret, "cn-hangzhou")
    assert send(bucket, {**foreign, "key": "k"}).status_code == 400
    assert [found.key for found in bucket.list_objects().object_list] == ["lent", "own"]


def test_what_is_no_form_is_refused(bucket: oss2.Bucket) -> None:
    def answered(body: str, kind: str) -> tuple[int, str | None]:
        answer = bucket.session.session.post(
            f"{bucket.endpoint}/{bucket.bucket_name}", data=body, headers={"Content-Type": kind}
        )
        return answer.status_code, text(answer.text, "Code")

    form = "multipart/form-data; boundary=b"
    named = '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--b--\r\n'
    assert answered("key=k", "text/plain") == (400, "RequestIsNotMultiPartContent")
    assert answered("nothing", form) == (400, "MalformedPOSTRequest")
    assert answered(named, form) == (400, "IncorrectNumberOfFilesInPOSTRequest")
    assert answered(named, "multipart/form-data") == (400, "MalformedPOSTRequest")


def test_a_form_without_a_policy_is_anonymous(bucket: oss2.Bucket) -> None:
    answer = bucket.session.session.post(
        f"{bucket.endpoint}/{bucket.bucket_name}", data={"key": "k"}, files={"file": b"1"}
    )

    assert (answer.status_code, "<Code>AccessDenied</Code>" in answer.text) == (403, True)
