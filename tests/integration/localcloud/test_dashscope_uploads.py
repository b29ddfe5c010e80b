"""Temporary uploads: policy, form, `oss://` address, and their ends."""

from __future__ import annotations

import urllib.request
from typing import Any

import pytest

from scripts.localcloud.core.context import Cloud
from tests.integration.localcloud.dashscope_client import MODEL, Client, Configure, picture, read

PATH = "/services/aigc/image2image/image-synthesis"
RESOLVE = {"X-DashScope-Async": "enable", "X-DashScope-OssResourceResolve": "enable"}


def policy(client: Client, model: str = MODEL) -> dict[str, Any]:
    status, body = client.ask("GET", f"/uploads?action=getPolicy&model={model}")
    assert status == 200
    data: dict[str, Any] = body["data"]
    return data


def upload(given: dict[str, Any], name: str = "a.png", **changed: str) -> tuple[int, bytes, str]:
    """Send the form; status, body, key."""
    key = f"{given['upload_dir']}/{name}"
    fields = {
        "OSSAccessKeyId": given["oss_access_key_id"],
        "Signature": given["signature"],
        "policy": given["policy"],
        "key": key,
        "success_action_status": "200",
        **changed,
    }
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields.items()
    ]
    file = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    body = b"".join(parts) + file + picture() + b"\r\n--edge--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    request = urllib.request.Request(given["upload_host"], body, kind)  # noqa: S310 - loopback
    return *read(request), key


def submit(client: Client, key: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    body = {"model": MODEL, "input": {"image_url": f"oss://{key}"}}
    return client.ask("POST", PATH, body, headers)


@pytest.mark.usefixtures("configure")
def test_an_uploaded_picture_is_worked_on(dashscope: Client) -> None:
    given = policy(dashscope)
    status, content, key = upload(given, "合影 1.png")
    accepted = submit(dashscope, key, RESOLVE)[1]

    assert (status, content) == (200, b"")
    assert given["expire_in_seconds"] == 300
    assert dashscope.ended(accepted["output"]["task_id"])["output"]["task_status"] == "SUCCEEDED"


@pytest.mark.usefixtures("configure")
def test_an_oss_address_needs_its_header(dashscope: Client) -> None:
    key = upload(policy(dashscope))[2]
    status, body = submit(dashscope, key, {"X-DashScope-Async": "enable"})

    assert (status, body["code"]) == (400, "InvalidParameter.DataInspection")


def test_a_form_must_keep_to_its_policy(dashscope: Client, cloud: Cloud) -> None:
    given = policy(dashscope)
    codes = [
        upload(given, signature="x", Signature="wrong"),
        upload(given, key="elsewhere/a.png"),
        upload(given),
        upload(given),
    ]
    cloud.clock.advance(301)
    codes.append(upload(given, "b.png"))

    assert [status for status, _, _ in codes] == [403, 403, 200, 409, 403]
    assert b"Policy expired." in codes[-1][1]


def test_an_upload_ends_after_two_days_and_is_for_its_model(
    dashscope: Client, configure: Configure, cloud: Cloud
) -> None:
    other = upload(policy(dashscope, "another-model"))[2]
    own = upload(policy(dashscope))[2]
    foreign = submit(dashscope, other, RESOLVE)[1]["output"]["task_id"]
    failed = dashscope.ended(foreign)["output"]["code"]
    cloud.clock.advance(48 * 3600 + 1)
    late = submit(dashscope, own, RESOLVE)[1]["output"]["task_id"]

    assert failed == "InvalidParameter.FileDownload"
    assert dashscope.ended(late)["output"]["code"] == "InvalidParameter.FileDownload"
