"""Whatever is sent to ROS is answered in its own error form, with a 4xx."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.localcloud.core.acs import AcsError, AcsRequest, Clocks, caller_of, rpc_signature
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.rpc import call_of
from scripts.localcloud.services.ros.service import RosService
from tests.integration.localcloud.conftest import Serve

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def endpoint(cloud: Cloud, serve_in_thread: Serve) -> str:
    def nothing(bucket: str, key: str) -> bytes:
        raise AssertionError

    return serve_in_thread(RosService(cloud, {}, nothing))


def ask(endpoint: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(endpoint + path, data=body, headers={**FORM, **headers})  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.mark.parametrize(
    ("path", "body", "headers", "code"),
    [
        ("/", b"", {}, "MissingAccessKeyId"),
        ("/nowhere?Action=CreateStack", b"\xff\xfe=%", {}, "InvalidParameter"),
        ("/?AccessKeyId=x&Signature=y", b"", {}, "InvalidTimeStamp.Format"),
        ("/?AccessKeyId=x", b"", {}, "IncompleteSignature"),
        ("/?AccessKeyId=x&Signature=y&SignatureMethod=MD5", b"", {}, "IncompleteSignature"),
        (
            "/?AccessKeyId=x&Signature=y&Timestamp=2001-01-01T00:00:00Z",
            b"",
            {},
            "InvalidTimeStamp.Expired",
        ),
        ("/", b"", {"Authorization": "ACS3-HMAC-SHA256 nonsense"}, "IncompleteSignature"),
        ("/", b"x" * (5 * 1024 * 1024), {}, "RequestTooLarge"),
    ],
)
def test_what_is_no_signed_request_is_refused(
    endpoint: str, path: str, body: bytes, headers: dict[str, str], code: str
) -> None:
    status, told = ask(endpoint, path, body, **headers)
    assert 400 <= status < 500
    assert told["Code"] == code
    assert set(told) == {"RequestId", "HostId", "Code", "Message"}


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.text(max_size=60),
    body=st.binary(max_size=60),
    authorization=st.one_of(st.just(""), st.text(max_size=40).map("ACS3-HMAC-SHA256 ".__add__)),
    form=st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=4),
)
def test_no_request_passes_without_a_signature(
    cloud: Cloud, path: str, body: bytes, authorization: str, form: dict[str, str]
) -> None:
    request = AcsRequest(
        method="POST",
        raw_path=path,
        headers={"authorization": authorization},
        body=body,
        form=form,
    )
    call_of(request).records("Parameters")
    with pytest.raises(AcsError):
        caller_of(request, cloud.credentials, Clocks(real=0, cloud=0))


def test_a_header_or_parameter_that_was_changed_under_way_is_noticed(cloud: Cloud) -> None:
    identity = cloud.identity
    parameters = {
        "Action": "DeleteStack",
        "StackId": "mine",
        "AccessKeyId": identity.access_key_id,
        "Timestamp": "1970-01-01T00:00:00Z",
    }
    sent = rpc_signature(identity.access_key_secret, "POST", parameters)
    good = AcsRequest(
        method="POST", raw_path="/", headers={}, form={**parameters, "Signature": sent}
    )
    assert caller_of(good, cloud.credentials, Clocks(real=0, cloud=0)) == identity.access_key_id
    for name in parameters:
        changed = {**good.form, name: good.form[name] + "x"}
        bad = AcsRequest(method="POST", raw_path="/", headers={}, form=changed)
        with pytest.raises(AcsError):
            caller_of(bad, cloud.credentials, Clocks(real=0, cloud=0))


def test_a_header_that_is_not_signed_does_not_count(cloud: Cloud) -> None:
    """An action named in a header beside a signature that does not cover it."""
    request = AcsRequest(
        method="POST",
        raw_path="/",
        headers={
            "authorization": (
                f"ACS3-HMAC-SHA256 Credential={cloud.identity.access_key_id},"
                "SignedHeaders=host,Signature=0"
            ),
            "host": "h",
            "x-acs-action": "DeleteStack",
            "x-acs-date": "1970-01-01T00:00:00Z",
            "x-acs-content-sha256": (
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
            ),
        },
    )
    with pytest.raises(AcsError, match="x-acs-action is not signed"):
        caller_of(request, cloud.credentials, Clocks(real=0, cloud=0))
