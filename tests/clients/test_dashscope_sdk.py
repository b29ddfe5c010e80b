"""The vendor's SDK `dashscope` against the local cloud: classes of old, asyncio's, the new client.

The SDK lies in `build/peers` (`make test-clients` installs it there) and joins the environment's
packages for this file alone. What it does that a caller must know of is told here too, such as
submissions that it repeats by itself (contracts/dashscope.md, 10).
"""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import sys
import urllib.request
import warnings
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.bench.peer import FOLDER
from tests.integration.localcloud.dashscope_client import picture, picture_server, until

SEGMENTATION, ERASE, OTHER = (
    "image-instance-segmentation",
    "image-erase-completion",
    "wanx2.1-imageedit",
)
PATH = {"task_group": "aigc", "task": "image2image", "function": "image-synthesis"}
RESOLVE = {"X-DashScope-OssResourceResolve": "enable"}
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")
Control = Callable[..., Any]


@pytest.fixture(scope="module")
def sdk() -> Iterator[Any]:
    """The package; without it a laptop skips, and CI, which installs it, fails."""
    if not (FOLDER / "peers.lock").exists():
        pytest.skip("the vendor's SDK is not installed: run make test-clients")
    sys.path.append(str(FOLDER))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own, and its dependencies'
            importlib.import_module("dashscope.client.base_api")
            yield importlib.import_module("dashscope")
    finally:
        sys.path.remove(str(FOLDER))


@pytest.fixture
def dashscope(sdk: Any, account: dict[str, str], control: Control) -> Iterator[Any]:
    """The package, pointed at a provider that is quick and patient."""
    before = sdk.base_http_api_url, sdk.api_key
    sdk.base_http_api_url = account["dashscope_base_url"]
    sdk.api_key = account["dashscope_api_key"]
    control("dashscope", service_time=0.05, submit_qps=100, query_qps=100, deny=[], quota=None)
    yield sdk
    control("dashscope", outcomes=[], concurrency=1, deny=[], quota=None)
    sdk.base_http_api_url, sdk.api_key = before


@pytest.fixture
def tasks(dashscope: Any) -> Any:
    """The class for tasks of any kind."""
    return dashscope.client.base_api.BaseAsyncApi


@pytest.fixture
def control(account: dict[str, str]) -> Iterator[Control]:
    """`control(call, **body)` asks the control interface; faults end with the test."""

    def ask(call: str, method: str = "POST", **body: Any) -> Any:
        url, data = f"{account['control_url']}/_control/{call}", json.dumps(body).encode()
        request = urllib.request.Request(url, data if body else None, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310 - loopback
            content = response.read()
        return json.loads(content) if content else None

    yield ask
    ask("faults", "DELETE")


@pytest.fixture(scope="module")
def pictures() -> Iterator[str]:
    served = {"/photo.png": picture(), "/mask.png": picture()}
    with picture_server(served) as endpoint:
        yield endpoint


@pytest.fixture
def photo(pictures: str) -> str:
    return f"{pictures}/photo.png"


def submit(tasks: Any, url: str, model: str = OTHER, **more: Any) -> Any:
    return tasks.async_call(model=model, input={"image_url": url}, **PATH, **more)


def submitted_since(control: Control, before: int) -> int:
    return len(control("ledger", "GET")["tasks"]) - before


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


def held(control: Control, url: str) -> None:
    """The next task of this picture runs for a minute, so that what comes after it waits."""
    script = {"match": {"url_contains": url}, "outcome": "SUCCEEDED", "service_time": 60}
    control("dashscope", outcomes=[script])


# --- the classes of old -----------------------------------------------------------------------


def test_people_are_segmented_and_the_answer_has_the_documented_shape(
    tasks: Any, photo: str
) -> None:
    accepted = submit(tasks, photo, SEGMENTATION)
    done = tasks.wait(accepted)

    assert (accepted.status_code, accepted.output["task_status"]) == (200, "PENDING")
    assert done.output["task_status"] == "SUCCEEDED"
    assert done.usage == {"image_count": 1}
    for name in ("submit_time", "scheduled_time", "end_time"):
        assert TIME.fullmatch(done.output[name])
    for name in ("output_image_url", "output_vis_image_url"):
        with urllib.request.urlopen(done.output[name]) as result:  # noqa: S310 - loopback
            assert result.read(8) == b"\x89PNG\r\n\x1a\n"


def test_a_call_submits_and_waits(tasks: Any, photo: str) -> None:
    done = tasks.call(model=OTHER, input={"image_url": photo}, **PATH)

    assert done.output["task_status"] == "SUCCEEDED"
    assert tasks.fetch(done.output["task_id"]).output == done.output


def test_somebody_is_erased(tasks: Any, pictures: str) -> None:
    given = {"image_url": f"{pictures}/photo.png", "mask_url": f"{pictures}/mask.png"}
    done = tasks.call(model=ERASE, input=given, parameters={"dilate_flag": True}, **PATH)

    assert done.output["task_status"] == "SUCCEEDED", done.output
    assert done.output["output_image_url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("wanx-v1", "text2image/image-synthesis"),
        ("image-out-painting", "image2image/out-painting"),
        ("wanx-style-repaint-v1", "image-generation/generation"),
        ("virtualmodel-v2", "virtualmodel/generation"),
    ],
)
def test_other_models_and_paths_of_the_same_shape(
    tasks: Any, photo: str, model: str, path: str
) -> None:
    task, _, function = path.partition("/")
    place = {"task_group": "aigc", "task": task, "function": function}
    done = tasks.call(model=model, input={"image_url": photo}, **place)

    assert done.output["task_status"] == "SUCCEEDED"
    assert done.usage["image_count"] == 1


def test_image_synthesis_takes_the_picture_beside_its_prompt(dashscope: Any, photo: str) -> None:
    synthesis = dashscope.ImageSynthesis
    more = {"task": "image2image", "extra_input": {"image_url": photo}}
    done = synthesis.wait(synthesis.async_call(model=OTHER, prompt="-", **more))

    assert done.output.task_status == "SUCCEEDED"
    assert [one.url for one in done.output.results] == [done.output["output_image_url"]]


def test_a_failed_task_is_an_answer_with_a_code(tasks: Any, photo: str, control: Control) -> None:
    script = {"outcome": "FAILED", "code": "DataInspectionFailed", "message": "no"}
    control("dashscope", outcomes=[script])
    done = tasks.wait(submit(tasks, photo))

    assert (done.status_code, done.code) == (200, None)
    assert (done.output["task_status"], done.output["code"]) == ("FAILED", "DataInspectionFailed")


def test_a_task_that_is_not_there_is_unknown_and_ends_the_wait(tasks: Any) -> None:
    done = tasks.wait("00000000-0000-4000-8000-000000000000")

    assert (done.status_code, done.output["task_status"]) == (200, "UNKNOWN")


def test_a_suspended_task_is_waited_for(tasks: Any, photo: str, control: Control) -> None:
    control("dashscope", outcomes=[{"outcome": "SUSPENDED", "seconds": 0.5}])
    accepted = submit(tasks, photo)
    until(lambda: tasks.fetch(accepted).output["task_status"] == "SUSPENDED")

    assert tasks.wait(accepted).output["task_status"] == "SUCCEEDED"


def test_a_waiting_task_is_cancelled_and_no_other(
    tasks: Any, pictures: str, control: Control
) -> None:
    held(control, "photo")
    first, second = (submit(tasks, f"{pictures}/{name}.png") for name in ("photo", "mask"))
    until(lambda: tasks.fetch(first).output["task_status"] == "RUNNING")
    done, again, running = tasks.cancel(second), tasks.cancel(second), tasks.cancel(first)
    control("clock", advance=60)

    assert done.status_code == 200
    assert (again.status_code, again.code) == (400, "UnsupportedOperation")
    assert (running.status_code, running.code) == (400, "UnsupportedOperation")
    assert tasks.fetch(second).output["task_status"] == "CANCELED"
    assert tasks.wait(first).output["task_status"] == "SUCCEEDED"


def test_tasks_are_listed_by_model_state_and_page(tasks: Any, photo: str) -> None:
    model = "listed-by-the-sdk"
    done = [tasks.wait(submit(tasks, photo, model)) for _ in range(3)]
    ids = [one.output["task_id"] for one in done]

    def page(**asked: Any) -> Any:
        return tasks.list(model_name=model, **asked).output

    everything = page(page_size=2)
    assert (everything["total"], everything["total_page"], everything["page_no"]) == (3, 2, 1)
    found = [
        one["task_id"] for number in (1, 2) for one in page(page_no=number, page_size=2)["data"]
    ]
    assert sorted(found) == sorted(ids)
    assert page(status="FAILED")["total"] == 0
    first = page(status="SUCCEEDED")["data"][0]
    assert (first["model_name"], first["status"]) == (model, "SUCCEEDED")
    assert first["gmt_create"] <= first["start_time"] <= first["end_time"]
    assert page(start_time="20200101000000", end_time="20200101230000")["total"] == 0


# --- refusals ---------------------------------------------------------------------------------


def test_a_wrong_key_is_refused(tasks: Any, photo: str) -> None:
    refused = submit(tasks, photo, api_key="sk-wrong")

    assert (refused.status_code, refused.code) == (401, "InvalidApiKey")
    assert refused.request_id


def test_what_the_account_may_not_is_refused(
    dashscope: Any, tasks: Any, photo: str, control: Control
) -> None:
    control("dashscope", deny=["gone"])
    denied = submit(tasks, photo, "gone")
    control("dashscope", quota=0)
    spent = submit(tasks, photo)

    assert (denied.status_code, denied.code) == (404, "ModelNotFound")
    assert (spent.status_code, spent.code) == (403, "AllocationQuota.FreeTierOnly")
    invalid = dashscope.common.error.InvalidTask
    with pytest.raises(invalid):
        tasks.call(model=OTHER, input={"image_url": photo}, **PATH)


def test_too_many_submissions_in_a_second(tasks: Any, photo: str, control: Control) -> None:
    control("dashscope", submit_qps=1)
    codes = [submit(tasks, photo).code for _ in range(3)]

    assert "Throttling.RateQuota" in codes


def test_a_poll_in_trouble_ends_the_wait_or_is_repeated(
    tasks: Any, photo: str, control: Control
) -> None:
    accepted = submit(tasks, photo)
    control(
        "faults",
        service="dashscope",
        operation="fetch",
        fault="error:503:ModelUnavailable",
        count=1,
    )
    assert tasks.wait(accepted).output["task_status"] == "SUCCEEDED"
    control("faults", service="dashscope", operation="fetch", fault="error:429:Throttling", count=1)
    assert (tasks.wait(accepted).status_code, tasks.wait(accepted).status_code) == (429, 200)


def test_a_lost_answer_is_submitted_twice_by_the_sdk_itself(
    tasks: Any, photo: str, control: Control
) -> None:
    before = len(control("ledger", "GET")["tasks"])
    control("faults", service="dashscope", operation="submit", fault="drop-after", count=1)
    accepted = submit(tasks, photo)

    assert accepted.status_code == 200
    assert submitted_since(control, before) == 2


# --- uploads ----------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(picture())
    return path


@pytest.fixture
def uploads(dashscope: Any) -> Any:
    assert dashscope
    return importlib.import_module("dashscope.utils.oss_utils")


def test_an_uploaded_file_is_worked_on_for_its_model_alone(
    tasks: Any, uploads: Any, file: Path
) -> None:
    address, _ = uploads.OssUtils.upload(model=OTHER, file_path=str(file))
    without = submit(tasks, address)
    done = tasks.wait(submit(tasks, address, headers=RESOLVE))
    other = tasks.wait(submit(tasks, address, "another-model", headers=RESOLVE))

    assert address.startswith("oss://dashscope-instant/")
    assert (without.status_code, without.code) == (400, "InvalidParameter.DataInspection")
    assert done.output["task_status"] == "SUCCEEDED"
    assert other.output["task_status"] == "FAILED"


def test_a_certificate_serves_several_files_and_none_is_overwritten(
    dashscope: Any, uploads: Any, file: Path, control: Control
) -> None:
    first, certificate = uploads.OssUtils.upload(model=OTHER, file_path=str(file))
    second = file.with_name("合影 照片.png")
    second.write_bytes(file.read_bytes())
    both = {"model": OTHER, "upload_certificate": certificate}
    other, _ = uploads.OssUtils.upload(file_path=str(second), **both)
    failure = dashscope.common.error.UploadFileException

    assert other == first.rpartition("/")[0] + "/合影 照片.png"
    with pytest.raises(failure, match="FileAlreadyExists"):
        uploads.OssUtils.upload(file_path=str(file), **both)
    control("clock", advance=301)
    with pytest.raises(failure, match="Policy expired"):
        uploads.OssUtils.upload(file_path=str(file), **both)


def test_an_upload_needs_the_key(dashscope: Any, uploads: Any, file: Path) -> None:
    with pytest.raises(dashscope.common.error.UploadFileException, match="InvalidApiKey"):
        uploads.OssUtils.upload(model=OTHER, file_path=str(file), api_key="sk-wrong")


# --- asyncio ----------------------------------------------------------------------------------


def test_asyncios_classes_submit_look_wait_list_and_cancel(
    dashscope: Any, pictures: str, control: Control
) -> None:
    aio = dashscope.client.base_api.BaseAsyncAioApi
    model = "listed-by-asyncio"
    held(control, "photo")

    async def steps() -> dict[str, Any]:
        urls = [f"{pictures}/{name}.png" for name in ("photo", "mask")]
        first, second = [
            await aio.async_call(model=model, input={"image_url": url}, **PATH) for url in urls
        ]
        cancelled = await aio.cancel(second)
        control("clock", advance=60)
        return {
            "first": (await aio.wait(first)).output["task_status"],
            "cancelled": cancelled.status_code,
            "second": (await aio.fetch(second)).output["task_status"],
            "listed": (await aio.list(model_name=model)).output["total"],
            "unknown": (await aio.fetch("0" * 8)).output["task_status"],
        }

    assert run(steps()) == {
        "first": "SUCCEEDED",
        "cancelled": 200,
        "second": "CANCELED",
        "listed": 2,
        "unknown": "UNKNOWN",
    }


def test_asyncios_image_synthesis(dashscope: Any, photo: str) -> None:
    more = {"task": "image2image", "extra_input": {"image_url": photo}}
    synthesis = dashscope.aigc.image_synthesis.AioImageSynthesis
    done = run(synthesis.call(model=OTHER, prompt="-", **more))

    assert done.output.task_status == "SUCCEEDED"


# --- the new client ---------------------------------------------------------------------------


@pytest.fixture
def client(dashscope: Any, account: dict[str, str]) -> Iterator[Any]:
    made = dashscope.Client(
        api_key=account["dashscope_api_key"], base_url=account["dashscope_base_url"], max_retries=0
    )
    yield made
    made.close()


@pytest.fixture
def jobs(client: Any) -> Any:
    module = importlib.import_module("dashscope.v2.resources._jobs")
    return module.Jobs(client, "aigc/image2image/image-synthesis")


def test_the_new_client_submits_and_waits(jobs: Any, photo: str) -> None:
    done = jobs.wait(jobs.create(model=OTHER, input={"image_url": photo}), poll_interval=0.05)

    assert done.succeeded
    assert jobs.fetch(done.task_id).status == "SUCCEEDED"


def test_the_new_clients_uploads_are_resolved(client: Any, file: Path) -> None:
    given = {"prompt": "-", "extra_input": {"image_url": str(file)}}
    made = client.images.jobs.create(model="wanx2.1-t2i-turbo", **given)

    assert client.images.jobs.wait(made, poll_interval=0.05).succeeded


def test_the_new_client_raises_what_went_wrong(
    dashscope: Any, jobs: Any, photo: str, control: Control
) -> None:
    script = {
        "outcome": "FAILED",
        "code": "InternalError.Algo",
        "message": "algorithm process error",
    }
    control("dashscope", outcomes=[script], deny=["gone"])
    with pytest.raises(dashscope.v2.DashScopeError, match="algorithm process error"):
        jobs.wait(jobs.create(model=OTHER, input={"image_url": photo}), poll_interval=0.05)
    with pytest.raises(dashscope.v2.DashScopeError) as caught:
        jobs.create(model="gone", input={"image_url": photo})
    assert (caught.value.status_code, caught.value.code) == (404, "ModelNotFound")
    with pytest.raises(dashscope.v2.DashScopeError) as caught:
        jobs.create(model=OTHER, input={"image_url": photo}, api_key="sk-wrong")
    assert (caught.value.status_code, caught.value.code) == (401, "InvalidApiKey")
    assert jobs.wait("0" * 8).status == "UNKNOWN"


def test_the_new_client_repeats_a_submission_that_was_refused(
    dashscope: Any, account: dict[str, str], photo: str, control: Control
) -> None:
    patient = dashscope.Client(
        api_key=account["dashscope_api_key"], base_url=account["dashscope_base_url"]
    )
    jobs = importlib.import_module("dashscope.v2.resources._jobs")
    path = jobs.Jobs(patient, "aigc/image2image/image-synthesis")
    control(
        "faults", service="dashscope", operation="submit", fault="error:429:Throttling", count=2
    )
    before = len(control("ledger", "GET")["tasks"])

    assert path.create(model=OTHER, input={"image_url": photo}).status == "PENDING"
    assert submitted_since(control, before) == 1
    patient.close()
