"""The command line against a running local cloud, as a person or a program uses it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cloud_process import ROOT, CloudProcess, cloud_up

SAMPLES = ROOT / "scripts" / "samples"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudProcess]:
    with cloud_up(tmp_path_factory.mktemp("cli") / "cloud") as running:
        yield running


@pytest.fixture(scope="module")
def trip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos") / "trip"
    folder.mkdir()
    for name in ("collins.jpg", "合影 照片.jpg", "shopping-list.jpg"):
        shutil.copy(SAMPLES / name, folder)
    return folder


def told(cloud: CloudProcess, *arguments: str, code: int) -> Any:
    ended = cloud.maskline(*arguments, "--json")
    assert ended.returncode == code, ended.stderr
    assert "\x1b" not in ended.stdout
    return json.loads(ended.stdout)


def test_up_prints_one_line_with_everything_a_client_needs(cloud: CloudProcess) -> None:
    promised = (
        "account_id oss_endpoint bucket upload_prefix results_prefix region access_key_id "
        "access_key_secret fc_endpoint fc_service tablestore_endpoint tablestore_instance "
        "mns_endpoint mns_topic dashscope_base_url dashscope_api_key control_url data_dir"
    )

    assert set(promised.split()) <= set(cloud.description)


def test_a_folder_goes_through_and_comes_home(
    cloud: CloudProcess, trip: Path, tmp_path: Path
) -> None:
    run = told(cloud, "run", str(trip), "--out", str(tmp_path / "out"), code=1)

    states = {Path(photo["photo"]).name: photo["state"] for photo in run["photos"]}
    assert states == {
        "collins.jpg": "DONE",
        "合影 照片.jpg": "DONE",
        "shopping-list.jpg": "REJECTED",
    }
    assert (tmp_path / "out" / "trip" / "合影 照片.jpg" / "people" / "2" / "cutout.png").exists()
    paid = cloud.ledger()["totals"]["accepted"]
    again = told(cloud, "run", str(trip), "--out", str(tmp_path / "again"), code=1)
    assert {photo["plan"] for photo in again["photos"]} == {"ended"}
    assert (tmp_path / "again" / "trip" / "collins.jpg" / "mask.png").exists()
    assert cloud.ledger()["totals"]["accepted"] == paid

    audit = told(cloud, "audit", "--wait", "60", "--deep", code=0)
    assert audit["clean"]
    jobs = told(cloud, "list", "--state", "rejected", code=0)["jobs"]
    assert [job["reason"]["code"] for job in jobs] == ["not_a_picture"]
    shown = told(cloud, "show", "trip/collins.jpg", code=0)
    assert shown["history"][-1]["state"] == "DONE"
    status = told(cloud, "status", code=0)
    assert status["jobs"]["DONE"] == 2


def test_a_result_deleted_behind_our_back_is_found(
    cloud: CloudProcess, trip: Path, tmp_path: Path
) -> None:
    photo = trip / "collins.jpg"
    run = told(cloud, "run", str(photo), "--out", str(tmp_path / "out"), code=0)
    manifest = run["photos"][0]["manifest"]
    kept = cloud.bucket.get_object(manifest).read()
    cloud.bucket.delete_object(manifest)

    audit = told(cloud, "audit", "--wait", "20", code=1)

    cloud.bucket.put_object(manifest, kept)
    assert [finding["kind"] for finding in audit["wrong"]] == ["manifest_missing"]
    assert told(cloud, "audit", "--wait", "60", code=0)["clean"]


def test_a_second_up_on_the_same_folder_is_refused(cloud: CloudProcess) -> None:
    ended = cloud.maskline("up", "--json")

    assert ended.returncode == 2
    assert "already runs" in ended.stderr
    assert ended.stdout == ""
    assert told(cloud, "status", code=0)["jobs"] is not None
