"""A task from submission to result, failure and expiry, as a client sees it."""

from __future__ import annotations

import io
import re
import time
import urllib.request
from typing import Any

import pytest
from PIL import Image

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.dashscope.service import DashScopeService
from tests.integration.localcloud.conftest import Serve
from tests.integration.localcloud.dashscope_client import (
    MODEL,
    Client,
    Configure,
    picture,
    read,
)

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")


def test_a_task_has_the_documented_shape_and_bills_one(
    dashscope: Client, configure: Configure, pictures: str, dashscope_service: DashScopeService
) -> None:
    submitted = dashscope.accepted_answer(f"{pictures}/good.png")
    task_id = submitted["output"]["task_id"]
    body = dashscope.ended(task_id)

    assert submitted["output"]["task_status"] == "PENDING"
    assert UUID.fullmatch(task_id)
    assert set(body) == {"request_id", "output", "usage"}
    assert body["usage"] == {"image_count": 1}
    output = body["output"]
    assert set(output) == {
        "task_id",
        "task_status",
        "submit_time",
        "scheduled_time",
        "end_time",
        "output_image_url",
        "output_vis_image_url",
    }
    assert all(TIME.fullmatch(output[name]) for name in output if name.endswith("_time"))
    (task,) = dashscope_service.ledger()["tasks"]
    assert task["submit_request_id"] == submitted["request_id"]
    assert task["image_url"] == f"{pictures}/good.png"
    assert (task["state"], task["billed"]) == ("SUCCEEDED", True)
    assert task["end_time"] - task["start_time"] >= 0.05
    assert dashscope_service.ledger()["totals"] == {"accepted": 1, "billed": 1, "failed": 0}


def test_an_engine_s_landmarks_are_a_signed_json_file_beside_the_pictures(
    dashscope: Client, configure: Configure, pictures: str
) -> None:
    output = dashscope.ended(dashscope.accepted(f"{pictures}/good.png", faces=True))["output"]
    url = output["output_landmarks_url"]

    with urllib.request.urlopen(url) as answer:  # noqa: S310 - loopback
        assert (answer.headers["Content-Type"], answer.read()) == ("application/json", b"{}")
    assert read(url.partition("?")[0])[0] == 403
    assert read(url.replace("output_landmarks.json", "output_landmarks.png"))[0] == 403


def test_times_are_utc_plus_eight(dashscope: Client, configure: Configure, pictures: str) -> None:
    ended = dashscope.ended(dashscope.accepted(f"{pictures}/good.png"))["output"]["end_time"]
    there = time.strftime("%Y-%m-%d %H:%M", time.gmtime(time.time() + 8 * 3600))

    assert ended[:15] == there[:15]


def test_the_result_is_given_for_its_signed_url_only(
    dashscope: Client, configure: Configure, pictures: str, cloud: Cloud
) -> None:
    output = dashscope.ended(dashscope.accepted(f"{pictures}/good.png"))["output"]
    url = output["output_image_url"]
    status, content = read(url)
    with Image.open(io.BytesIO(content)) as mask:
        size = mask.size

    assert (status, size) == (200, (600, 520))
    assert read(output["output_vis_image_url"])[1] == picture()
    assert read(re.sub(r"Signature=..", "Signature=AA", url))[0] == 403
    assert b"SignatureDoesNotMatch" in read(re.sub(r"Expires=\d+", "Expires=9999999999", url))[1]
    assert read(url.partition("?")[0])[0] == 403
    assert read(urllib.request.Request(url, method="HEAD"))[0] == 403  # noqa: S310 - loopback
    cloud.clock.advance(86401)
    assert read(url)[0] == 403
    assert b"Request has expired." in read(url)[1]


def test_a_task_is_unknown_a_day_after_its_end(
    dashscope: Client, configure: Configure, pictures: str, cloud: Cloud
) -> None:
    task_id = dashscope.accepted(f"{pictures}/good.png")
    dashscope.ended(task_id)
    cloud.clock.advance(86000)
    before = dashscope.status(task_id)
    cloud.clock.advance(500)
    body = dashscope.fetch(task_id)

    assert before == "SUCCEEDED"
    assert body["output"] == {"task_id": task_id, "task_status": "UNKNOWN"}


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("none.png", "InvalidParameter.FileDownload", "download for input_image error"),
        ("words.png", "InvalidParameter.ImageFormat", "read image error"),
        ("moving.gif", "InvalidParameter.ImageFormat", "read image error"),
        ("small.png", "InvalidParameter", "the parameters must conform to the specification: "),
        ("wide.png", "InvalidParameter", "the parameters must conform to the specification: "),
        ("heavy.png", "InvalidParameter", "the parameters must conform to the specification: "),
    ],
)
@pytest.mark.usefixtures("configure")
def test_a_bad_picture_fails_and_costs_nothing(
    dashscope: Client, pictures: str, name: str, code: str, message: str
) -> None:
    body = dashscope.ended(dashscope.accepted(f"{pictures}/{name}"))

    assert set(body) == {"request_id", "output"}
    assert body["output"]["task_status"] == "FAILED"
    assert body["output"]["code"] == code
    assert body["output"]["message"].startswith(message)
    assert "usage" not in body


@pytest.mark.parametrize(
    "url",
    ["http://192.0.2.1/a.png", "ftp://127.0.0.1/a", "http://127.0.0.1:9/人.png", "http://[::", "x"],
)
def test_an_address_that_is_no_plain_local_one_is_not_called(
    dashscope: Client, configure: Configure, url: str
) -> None:
    body = dashscope.ended(dashscope.accepted(url))

    assert body["output"]["code"] == "InvalidParameter.FileDownload"


def test_a_crashed_engine_fails_its_task_only(
    dashscope: Client, configure: Configure, pictures: str
) -> None:
    good, bad = f"{pictures}/good.png", {"crash": True}
    codes = [
        dashscope.ended(dashscope.accepted(good, **parameters))["output"].get("code")
        for parameters in ({}, bad, {}, {"babble": True}, {}, {"refuse": True})
    ]

    algorithm = "InternalError.Algo"
    refused = "InvalidParameter.ImageContent"
    assert codes == [None, algorithm, None, algorithm, None, refused]


def test_an_engine_that_is_not_there_fails_the_task(
    cloud: Cloud, serve_in_thread: Serve, pictures: str
) -> None:
    service = DashScopeService(cloud, engine_command=("/nowhere/engine",))
    client = Client(serve_in_thread(service), cloud.identity.dashscope_api_key)
    output = client.ended(client.accepted(f"{pictures}/good.png"))["output"]

    assert output["code"] == "InternalError.Algo"
    assert output["message"] == "algorithm process error"


def test_another_engine_is_started_by_name(
    dashscope: Client, configure: Configure, pictures: str
) -> None:
    def grey() -> object:
        output = dashscope.ended(dashscope.accepted(f"{pictures}/good.png"))["output"]
        with Image.open(io.BytesIO(read(output["output_image_url"])[1])) as mask:
            return mask.getpixel((0, 0))

    usual = grey()
    configure(engine="other")
    other = grey()
    configure(engine=None)

    assert (usual, other, grey()) == (1, 3, 1)


def test_the_engines_time_lies_inside_the_service_time(
    dashscope: Client, configure: Configure, pictures: str, dashscope_service: DashScopeService
) -> None:
    configure(service_time=0.6)
    dashscope.ended(dashscope.accepted(f"{pictures}/good.png"))
    dashscope.ended(dashscope.accepted(f"{pictures}/good.png", sleep=0.3))
    dashscope.ended(dashscope.accepted(f"{pictures}/good.png", sleep=0.8))
    took = [task["end_time"] - task["start_time"] for task in dashscope_service.ledger()["tasks"]]

    assert took[:2] == pytest.approx([0.6, 0.6], abs=0.05)
    assert 0.8 <= took[2] < 1.3


def test_any_other_model_copies_its_picture(
    dashscope: Client, configure: Configure, pictures: str
) -> None:
    body = {"model": "wanx-any", "input": {"image_url": f"{pictures}/good.jpg"}}
    status, submitted = dashscope.ask(
        "POST", "/services/aigc/other/kind/", body, {"X-DashScope-Async": "enable"}
    )
    output = dashscope.ended(submitted["output"]["task_id"])["output"]

    assert status == 200
    assert output["results"] == [{"url": output["output_image_url"]}]
    assert read(output["output_image_url"])[1] == picture(form="JPEG")


def test_erase_takes_a_mask_of_the_same_size(
    dashscope: Client, configure: Configure, pictures: str
) -> None:
    def erase(mask: str) -> dict[str, Any]:
        body = {
            "model": "image-erase-completion",
            "input": {"image_url": f"{pictures}/good.jpg", "mask_url": f"{pictures}/{mask}"},
        }
        path = "/services/aigc/image2image/image-synthesis"
        answer = dashscope.ask("POST", path, body, {"X-DashScope-Async": "enable"})[1]
        output: dict[str, Any] = dashscope.ended(answer["output"]["task_id"])["output"]
        return output

    done = erase("good.png")

    assert done["task_status"] == "SUCCEEDED"
    assert "output_vis_image_url" not in done
    assert erase("small.png")["code"] == "InvalidParameter"


def test_the_list_knows_how_a_submission_is_found_again(
    dashscope: Client, configure: Configure, pictures: str, cloud: Cloud
) -> None:
    submitted = dashscope.accepted_answer(f"{pictures}/good.png")
    dashscope.ended(submitted["output"]["task_id"])
    status, body = dashscope.ask("GET", "/tasks/?page_no=1&page_size=10")

    assert status == 200
    assert {name: body[name] for name in ("total", "total_page", "page_no", "page_size")} == {
        "total": 1,
        "total_page": 1,
        "page_no": 1,
        "page_size": 10,
    }
    (item,) = body["data"]
    assert item["request_id"] == submitted["request_id"]
    assert item["model_name"] == MODEL
    assert item["status"] == "SUCCEEDED"
    assert item["api_key_id"] == cloud.identity.dashscope_api_key_id
    assert item["user_api_unique_key"] == f"apikey:v1:aigc:image2image:image-synthesis:{MODEL}"
    assert abs(item["gmt_create"] / 1000 - time.time()) < 30
    assert item["gmt_create"] <= item["start_time"] <= item["end_time"]
