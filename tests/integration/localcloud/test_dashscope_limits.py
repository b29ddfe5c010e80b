"""What the provider refuses, how many it runs, and what stays of it after a restart."""

from __future__ import annotations

import time
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.dashscope.service import DashScopeService
from tests.integration.localcloud.conftest import LoopThread, Serve
from tests.integration.localcloud.dashscope_client import ENGINE, Client, Configure, until

ASYNC = {"X-DashScope-Async": "enable"}
PATH = "/services/aigc/image2image/image-synthesis"


def refusal(answer: tuple[int, dict[str, Any]]) -> tuple[int, str]:
    status, body = answer
    assert set(body) == {"code", "message", "request_id"}
    return status, body["code"]


def test_a_wrong_key_is_refused_everywhere(dashscope: Client) -> None:
    stranger = Client(dashscope.endpoint, "sk-wrong")
    answers = [
        stranger.submit("http://127.0.0.1/a.png"),
        stranger.ask("GET", "/tasks/some-id"),
        stranger.ask("GET", "/tasks"),
        stranger.ask("POST", "/tasks/some-id/cancel"),
    ]

    assert {refusal(answer) for answer in answers} == {(401, "InvalidApiKey")}


def test_a_call_that_is_not_asynchronous_is_refused(dashscope: Client) -> None:
    status, body = dashscope.ask("POST", PATH, {"model": "m", "input": {"a": "b"}})

    assert (status, body["code"]) == (403, "AccessDenied")
    assert body["message"] == "current user api does not support synchronous calls."


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "InvalidParameter.JsonPhrase"),
        ({"input": {"image_url": "x"}}, "InvalidParameter"),
        ({"model": "image-instance-segmentation"}, "InvalidParameter"),
        ({"model": "image-instance-segmentation", "input": {"a": "b"}}, "InvalidParameter"),
        ({"model": "image-erase-completion", "input": {"image_url": "x"}}, "InvalidParameter"),
    ],
)
def test_an_incomplete_submission_is_refused(dashscope: Client, body: object, code: str) -> None:
    assert refusal(dashscope.ask("POST", PATH, body, ASYNC)) == (400, code)


def test_two_submissions_a_second(dashscope: Client, dashscope_service: DashScopeService) -> None:
    statuses = [dashscope.submit("http://127.0.0.1:9/a")[0] for _ in range(4)]
    other = dashscope.submit("http://127.0.0.1:9/a", model="another-model")

    assert statuses == [200, 200, 429, 429]
    assert other[0] == 200
    assert dashscope_service.ledger()["refused"] == {"Throttling.RateQuota": 2}


def test_the_window_slides_with_the_clock(dashscope: Client, cloud: Cloud) -> None:
    first = [dashscope.submit("http://127.0.0.1:9/a")[0] for _ in range(3)]
    cloud.clock.advance(1.0)
    second = [dashscope.submit("http://127.0.0.1:9/a")[0] for _ in range(3)]

    assert first == second == [200, 200, 429]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/tasks/none"), ("GET", "/tasks/"), ("POST", "/tasks/none/cancel")]
)
def test_twenty_questions_a_second(dashscope: Client, method: str, path: str) -> None:
    answers = [dashscope.ask(method, path) for _ in range(22)]
    codes = Counter(body.get("code") for status, body in answers if status == 429)

    assert codes == {"Throttling.RateQuota": 2}


def test_one_runs_and_the_rest_waits(
    dashscope: Client, configure: Configure, dashscope_service: DashScopeService, pictures: str
) -> None:
    configure(service_time=0.3)
    ids = [dashscope.accepted(f"{pictures}/good.png") for _ in range(4)]
    states = Counter(dashscope.status(each) for each in ids)
    for each in ids:
        dashscope.ended(each)
    tasks = dashscope_service.ledger()["tasks"]

    assert states == {"RUNNING": 1, "PENDING": 3}
    assert [task["task_id"] for task in sorted(tasks, key=lambda t: t["start_time"])] == ids
    gaps = [b["start_time"] - a["end_time"] for a, b in pairwise(tasks)]
    assert all(0 <= gap < 0.2 for gap in gaps)


def test_more_slots_run_more(dashscope: Client, configure: Configure, pictures: str) -> None:
    configure(service_time=30)
    ids = [dashscope.accepted(f"{pictures}/good.png") for _ in range(4)]
    configure(concurrency=3)

    assert [dashscope.status(each) for each in ids] == ["RUNNING"] * 3 + ["PENDING"]


def test_over_limit_can_be_refused(dashscope: Client, configure: Configure, pictures: str) -> None:
    configure(service_time=30, over_limit="reject")
    dashscope.accepted(f"{pictures}/good.png")
    status, body = dashscope.submit(f"{pictures}/good.png")

    assert (status, body["code"]) == (429, "Throttling")
    assert body["message"] == "Requests throttling triggered."


def test_the_quota_counts_images_and_not_failures(
    dashscope: Client, configure: Configure, pictures: str
) -> None:
    configure(quota=2)
    names = ("good.png", "words.png", "good.png")
    for name in names:
        dashscope.ended(dashscope.accepted(f"{pictures}/{name}"))
    refused = refusal(dashscope.submit(f"{pictures}/good.png"))
    configure(quota=None)

    assert refused == (403, "AllocationQuota.FreeTierOnly")
    assert dashscope.submit(f"{pictures}/good.png")[0] == 200


def test_a_denied_model_is_not_found(dashscope: Client, configure: Configure) -> None:
    configure(deny=["gone"])

    assert refusal(dashscope.submit("http://127.0.0.1:9/", model="gone")) == (404, "ModelNotFound")


def test_only_a_waiting_task_can_be_cancelled(
    dashscope: Client, configure: Configure, pictures: str
) -> None:
    configure(service_time=30)
    running, waiting = (dashscope.accepted(f"{pictures}/good.png") for _ in range(2))
    done = dashscope.ask("POST", f"/tasks/{waiting}/cancel/")
    again = dashscope.ask("POST", f"/tasks/{waiting}/cancel")

    assert (done[0], set(done[1])) == (200, {"request_id"})
    assert refusal(again) == (400, "UnsupportedOperation")
    assert refusal(dashscope.ask("POST", f"/tasks/{running}/cancel"))[0] == 400
    assert dashscope.status(waiting) == "CANCELED"


def test_an_unknown_task_is_unknown_and_no_error(dashscope: Client) -> None:
    status, body = dashscope.ask("GET", "/tasks/502a00b1-19d9-4839-a82f-000000000000")

    assert status == 200
    assert body["output"]["task_status"] == "UNKNOWN"


def test_the_list_is_paged_filtered_and_bounded(
    dashscope: Client, configure: Configure, cloud: Cloud, pictures: str
) -> None:
    ids = [
        dashscope.accepted(f"{pictures}/{name}") for name in ("good.png", "words.png", "good.png")
    ]
    for each in ids:
        dashscope.ended(each)

    def listed(query: str) -> tuple[int, list[str]]:
        cloud.clock.advance(0.2)
        status, body = dashscope.ask("GET", f"/tasks?{query}")
        assert status == 200, body
        return body["total"], [item["task_id"] for item in body["data"]]

    def form(moment: float) -> str:
        return time.strftime("%Y%m%d%H%M%S", time.gmtime(moment + 8 * 3600))

    now = cloud.clock.now()
    assert listed("page_size=2") == (3, [ids[2], ids[1]])
    assert listed("page_size=2&page_no=2") == (3, [ids[0]])
    assert listed("status=FAILED") == (1, [ids[1]])
    assert listed(f"task_id={ids[0]}") == (1, [ids[0]])
    assert listed("model_name=other") == (0, [])
    assert listed(f"start_time={form(now - 60)}&end_time={form(now + 60)}")[0] == 3
    assert listed(f"end_time={form(now - 60)}") == (0, [])
    assert listed(f"start_time={form(now + 60)}") == (0, [])
    for wrong in (
        "page_no=0",
        "page_size=x",
        "start_time=yesterday",
        "start_time=20200101000000&end_time=20200103000000",
    ):
        assert refusal(dashscope.ask("GET", f"/tasks/?{wrong}")) == (400, "InvalidParameter")


def test_scripted_outcomes(
    dashscope: Client, configure: Configure, cloud: Cloud, dashscope_service: DashScopeService,
    pictures: str,
) -> None:  # fmt: skip
    configure(
        concurrency=9,
        outcomes=[
            {
                "match": {"nth": 2},
                "outcome": "FAILED",
                "code": "InternalError.Algo",
                "message": "no",
            },
            {"match": {"url_contains": "jpg"}, "outcome": "VANISH"},
            {"match": {"nth": 4}, "outcome": "STUCK"},
            {"match": {"nth": 5}, "outcome": "SUSPENDED", "seconds": 1000},
        ],
    )
    names = ("good.png", "good.png", "good.jpg", "good.png", "good.png", "good.jpg")
    ids = [dashscope.accepted(f"{pictures}/{name}") for name in names]
    outputs = [dashscope.ended(ids[index])["output"] for index in (0, 1, 5)]

    assert [output["task_status"] for output in outputs] == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert (outputs[1]["code"], outputs[1]["message"]) == ("InternalError.Algo", "no")
    assert [dashscope.status(ids[n]) for n in (2, 3, 4)] == ["UNKNOWN", "RUNNING", "SUSPENDED"]
    assert ids[2] not in str(dashscope.ask("GET", "/tasks/")[1])
    cloud.clock.advance(1001)
    assert dashscope.ended(ids[4])["output"]["task_status"] == "SUCCEEDED"
    cloud.clock.advance(3 * 3600)
    assert dashscope.ended(ids[3])["output"]["code"] == "InternalError.Timeout"
    assert dashscope_service.ledger()["totals"] == {"accepted": 6, "billed": 3, "failed": 2}


def test_after_a_restart_what_ran_runs_again_and_settings_hold(  # noqa: PLR0917 - fixtures
    dashscope: Client,
    configure: Configure,
    cloud: Cloud,
    loop_thread: LoopThread,
    serve_in_thread: Serve,
    pictures: str,
    dashscope_service: DashScopeService,
) -> None:  # fmt: skip
    configure(service_time=30, submit_qps=7)
    ids = [dashscope.accepted(f"{pictures}/good.png") for _ in range(3)]
    loop_thread.run(dashscope_service.stop())
    del cloud.endpoints["dashscope"]
    again = DashScopeService(cloud, engine_command=ENGINE)
    client = Client(serve_in_thread(again), cloud.identity.dashscope_api_key)

    assert [client.status(each) for each in ids] == ["RUNNING", "PENDING", "PENDING"]
    assert loop_thread.run(_configured(again, {"service_time": 0.01}))["submit_qps"] == 7
    cloud.clock.advance(31)
    until(lambda: again.ledger()["totals"]["billed"] == 3 or None)
    assert [client.ended(each)["output"]["task_status"] for each in ids] == ["SUCCEEDED"] * 3


async def _configured(service: DashScopeService, change: dict[str, Any]) -> dict[str, Any]:
    return service.configure(change)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"speed": 1}, "unknown field 'speed'"),
        ({"service_time": "fast"}, "'service_time'"),
        ({"service_time": [3, 1]}, "'service_time'"),
        ({"over_limit": "drop"}, "'over_limit'"),
        ({"concurrency": 0}, "'concurrency'"),
        ({"submit_qps": True}, "'submit_qps'"),
        ({"quota": -1}, "'quota'"),
        ({"deny": "all"}, "'deny'"),
        ({"engine": ""}, "'engine'"),
        ({"outcomes": [{"outcome": "EXPLODE"}]}, r"outcomes\[0\]\.outcome"),
        ({"outcomes": [{"outcome": "FAILED", "match": {"nth": 0}}]}, r"outcomes\[0\]\.match\.nth"),
    ],
)
def test_a_wrong_setting_is_named_and_changes_nothing(
    cloud: Cloud, change: dict[str, Any], complaint: str
) -> None:
    service = DashScopeService(cloud, engine_command=ENGINE)
    before = service.configure({})
    with pytest.raises(ValueError, match=complaint):
        service.configure({"quota": 3, **change})

    assert service.configure({}) == before
