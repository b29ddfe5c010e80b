"""Objects that HTML forms upload to the local OSS, and the policies that allow it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import oss2
import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
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


@pytest.fixture
def bucket(account: Account) -> oss2.Bucket:
    return account.bucket()


def post(
    bucket: oss2.Bucket, cloud: Cloud, conditions: list[Any], **fields: str
) -> tuple[int, str]:
    """Post a form signed by the account; answers status and body."""
    who = cloud.identity
    document = {"expiration": "2100-01-01T00:00:00.000Z", "conditions": conditions}
    policy = base64.b64encode(json.dumps(document).encode()).decode()
    digest = hmac.new(who.access_key_secret.encode(), policy.encode(), hashlib.sha1).digest()
    signed = {
        "OSSAccessKeyId": who.access_key_id,
        "policy": policy,
        "Signature": base64.b64encode(digest).decode(),
        **fields,
    }
    answer = bucket.session.session.post(
        f"{bucket.endpoint}/{who.bucket}",
        data=signed,
        files={"file": ("dir\\照片.png", b"picture", "image/png")},
        allow_redirects=False,
    )
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
    conditions: list[Any],
    fields: dict[str, str],
    error: tuple[int, str],
) -> None:
    status, body = post(bucket, cloud, conditions, **{"key": "k", **fields})

    assert (status, f"<Code>{error[1]}</Code>" in body) == (error[0], True), body
    assert not bucket.list_objects_v2().object_list


def test_a_form_without_a_policy_is_anonymous(bucket: oss2.Bucket) -> None:
    answer = bucket.session.session.post(
        f"{bucket.endpoint}/{bucket.bucket_name}", data={"key": "k"}, files={"file": b"1"}
    )

    assert (answer.status_code, "<Code>AccessDenied</Code>" in answer.text) == (403, True)
