"""From upload to event on the local cloud, by a client that is not ours."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.cloud_process import (
    CloudProcess,
    cloud_up,
    most_at_once,
    paid_per_upload,
    until,
)
from tests.e2e.photographs import PORTRAIT, portrait
from tests.pictures import AWKWARD

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[CloudProcess]:
    with cloud_up(tmp_path / "data") as running:
        yield running


def test_a_photo_becomes_a_whole_result_set_and_an_event(cloud: CloudProcess) -> None:
    key = cloud.put("collins.jpg", PORTRAIT.read_bytes())
    event = cloud.wait_for([key], 60)[key]

    assert event["type"] == "maskline.job.done"
    assert event["specversion"] == "1.0"
    manifest = json.loads(cloud.bucket.get_object(event["data"]["manifest"]).read())
    assert [person["id"] for person in manifest["people"]] == [1]
    assert {"mask.png", "vis.png", "people/1/cutout.png"} <= {f["name"] for f in manifest["files"]}
    for file in manifest["files"]:
        data = cloud.bucket.get_object(file["key"]).read()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
    mask = Image.open(io.BytesIO(cloud.bucket.get_object(manifest["files"][0]["key"]).read()))
    assert mask.mode == "L"
    assert mask.size == Image.open(io.BytesIO(PORTRAIT.read_bytes())).size
    assert mask.getextrema() == (0, 1)
    audit = cloud.maskline("audit", "--wait", "30")
    assert audit.returncode == 0, audit.stdout + audit.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("over_limit", "count"), [("queue", 50), ("reject", 20)])
def test_many_photos_are_paid_once_each_and_never_two_at_a_time(
    cloud: CloudProcess, over_limit: str, count: int
) -> None:
    cloud.control("/_control/dashscope", {"over_limit": over_limit, "service_time": [0.3, 0.5]})
    cloud.control(
        "/_control/faults",
        {"service": "oss", "operation": "event", "fault": "duplicate-event", "probability": 1},
    )

    keys = [cloud.put(f"{n}.jpg", portrait(n)) for n in range(count)]
    ended = cloud.wait_for(keys, 240)

    assert {event["type"] for event in ended.values()} == {"maskline.job.done"}
    assert len(cloud.events()) == count, "an event was published twice"
    ledger = cloud.ledger()
    assert ledger["totals"]["accepted"] == count
    assert set(paid_per_upload(ledger).values()) == {1}
    assert most_at_once(ledger["tasks"]) == 1
    assert ledger["peaks"]["dashscope"]["submit"] <= 2
    assert ledger["peaks"]["dashscope"]["fetch"] <= 20
    audit = cloud.maskline("audit", "--wait", "60")
    assert audit.returncode == 0, audit.stdout + audit.stderr


@pytest.mark.slow
def test_every_kind_of_picture_has_an_end_and_a_reason(cloud: CloudProcess) -> None:
    cloud.control("/_control/dashscope", {"service_time": 0.1})
    keys = {cloud.put(f"kinds/{name}", build()): name for name, build in AWKWARD.items()}
    names = ["合影 照片+%41.jpg", "😀.jpg", "k" * (1023 - len("uploads/") - 4) + ".jpg"]
    keys |= {cloud.put(name, portrait(n)): name for n, name in enumerate(names)}

    ended = cloud.wait_for(list(keys), 240)

    for key, name in keys.items():
        data = ended[key]["data"]
        if data["state"] == "DONE":
            assert cloud.bucket.object_exists(data["manifest"]), name
        else:
            assert data["state"] in {"REJECTED", "FAILED"}, name
            reason = data["reason"]
            assert reason["code"], name
            assert reason["message"], name
            assert reason["remedy_zh"], name
    assert all(ended[cloud.description["upload_prefix"] + n]["data"]["people"] == 1 for n in names)


@pytest.mark.slow
def test_the_plug_pulled_in_the_middle_loses_and_repeats_nothing(tmp_path: Path) -> None:
    with cloud_up(tmp_path / "data") as cloud:
        cloud.control("/_control/dashscope", {"service_time": [0.3, 0.5]})
        keys = [cloud.put(f"{n}.jpg", portrait(n)) for n in range(16)]
        until(lambda: len(cloud.ended()) >= 3, 60, lambda: "nothing was done")
        cloud.kill()
    with cloud_up(tmp_path / "data") as cloud:
        ended = cloud.wait_for(keys, 240)

        assert {event["type"] for event in ended.values()} == {"maskline.job.done"}
        assert set(paid_per_upload(cloud.ledger()).values()) == {1}
        audit = cloud.maskline("audit", "--wait", "60")
        assert audit.returncode == 0, audit.stdout + audit.stderr


@pytest.mark.slow
def test_a_warm_pipeline_sees_the_end_of_a_task_soon_and_asks_seldom(cloud: CloudProcess) -> None:
    cloud.control("/_control/dashscope", {"service_time": 8})
    for number in range(3):
        key = cloud.put(f"warm-{number}.jpg", portrait(number))
        cloud.wait_for([key], 60)
    before = cloud.ledger()["calls"]["dashscope"]["fetch"]

    key = cloud.put("measured.jpg", portrait(9))
    event = cloud.wait_for([key], 60)[key]

    ledger = cloud.ledger()
    task = max(ledger["tasks"], key=lambda t: t["submit_time"])
    assert event["published"] / 1000 - task["end_time"] < 1.5
    assert ledger["calls"]["dashscope"]["fetch"] - before <= 15


def test_equal_bytes_and_repeated_uploads_cost_nothing_more(cloud: CloudProcess) -> None:
    first = cloud.put("one.jpg", portrait(1))
    cloud.wait_for([first], 60)
    second = cloud.put("two.jpg", portrait(1))
    ended = cloud.wait_for([second], 60)
    cloud.put("one.jpg", portrait(1))
    until(lambda: len(cloud.events()) == 3, 60, lambda: "the repetition was not announced")

    assert ended[second]["data"]["reused_from"] == ended[first]["data"]["job_id"]
    assert cloud.ledger()["totals"]["accepted"] == 1
