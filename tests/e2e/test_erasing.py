"""The second paid stage on the local cloud: once, whatever happens in the middle of it."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.e2e.cloud_process import CloudProcess, cloud_up, until
from tests.e2e.photographs import SAMPLES

pytestmark = pytest.mark.timeout(600)

GROUP = SAMPLES / "group-of-three.jpg"
SEGMENT, ERASE = "image-instance-segmentation", "image-erase-completion"
ASKS = {"x-oss-meta-maskline-recipes": "people,erase:people=not-largest"}


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[CloudProcess]:
    with cloud_up(tmp_path / "data") as running:
        yield running


def put(cloud: CloudProcess, name: str) -> str:
    key = f"{cloud.description['upload_prefix']}{name}"
    cloud.bucket.put_object(key, GROUP.read_bytes(), headers=ASKS)
    return key


def erased(cloud: CloudProcess, key: str, seconds: float) -> dict[str, Any]:
    """The event of an upload's erasing."""

    def found() -> list[dict[str, Any]]:
        mine = [event for event in cloud.events() if event["subject"] == key]
        return [event for event in mine if event["data"]["stage"] == "erase"]

    until(lambda: bool(found()), seconds, lambda: f"{key} was not erased: {cloud.ledger()}")
    return found()[0]


def billed(cloud: CloudProcess) -> Counter[str]:
    return Counter(task["model"] for task in cloud.ledger()["tasks"] if task["billed"])


def picture(cloud: CloudProcess, key: str) -> np.ndarray[Any, Any]:
    data = io.BytesIO(cloud.bucket.get_object(key).read())
    return np.asarray(Image.open(data).convert("RGB"), np.int16)


def test_one_erasing_is_paid_through_kills_and_a_lost_answer(cloud: CloudProcess) -> None:
    cloud.control("/_control/dashscope", {"service_time": [2, 2.5]})
    key = put(cloud, "group.jpg")
    until(lambda: bool(cloud.ledger()["tasks"]), 60, lambda: "nothing was submitted")
    fault = {"service": "dashscope", "operation": "submit", "fault": "drop-after", "count": 1}
    cloud.control("/_control/faults", fault)
    for function in ("finalizer", "poller"):
        cloud.control("/_control/kill", {"function": function})
    until(lambda: len(cloud.ledger()["tasks"]) > 1, 200, lambda: "no erasing was submitted")
    cloud.control("/_control/kill", {"function": "poller"})

    event = erased(cloud, key, 200)

    assert event["type"] == "maskline.job.done"
    assert billed(cloud) == {SEGMENT: 1, ERASE: 1}
    assert event["data"]["manifest"].endswith("/erase/erase.json")
    told = json.loads(cloud.bucket.get_object(event["data"]["manifest"]).read())
    files = {file["name"]: file for file in told["files"]}
    for file in files.values():
        data = cloud.bucket.get_object(file["key"]).read()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
    assert told["erased"] == [2, 3]
    made = picture(cloud, files["picture.png"]["key"])
    before = np.asarray(Image.open(GROUP).convert("RGB"), np.int16)
    mask = picture(cloud, files["mask.png"]["key"])[..., 0] > 0
    keep = picture(cloud, files["keep.png"]["key"])[..., 0] > 0
    changed = np.abs(made - before).max(axis=2) > 12
    assert changed[mask].mean() > 0.5
    assert not changed[keep].any()
    again = erased(cloud, put(cloud, "again.jpg"), 60)
    assert again["data"]["reused_from"] == event["data"]["job_id"]
    assert billed(cloud) == {SEGMENT: 1, ERASE: 1}
    audit = cloud.maskline("audit", "--wait", "60", "--deep")
    assert audit.returncode == 0, audit.stdout + audit.stderr


def test_a_budget_of_its_own_holds_it_back_and_lets_it_go(cloud: CloudProcess) -> None:
    asked = cloud.maskline("quota", "--model", "erase", "--set", "0", "--json")
    assert json.loads(asked.stdout)["budget"] == 0
    key = put(cloud, "group.jpg")
    assert cloud.wait_for([key], 60)[key]["data"]["stage"] == "segment"

    held = json.loads(cloud.maskline("quota", "--model", "erase", "--json").stdout)
    assert (held["spent"], held["left"]) == (0, 0)
    assert billed(cloud) == {SEGMENT: 1}
    cloud.maskline("quota", "--model", "erase", "--set", "5")
    erased(cloud, key, 60)

    first = json.loads(cloud.maskline("quota", "--json").stdout)
    second = json.loads(cloud.maskline("quota", "--model", "erase", "--json").stdout)
    assert (first["spent"], second["spent"]) == (1, 1)
