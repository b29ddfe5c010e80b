"""The variant for Function Compute 3.0, deployed and run: from an upload to its results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import oss2
import pytest

from scripts.localcloud.app import LocalCloud
from scripts.template.fc3 import VARIANT
from tests.e2e.cloud_process import ROOT, until
from tests.integration.localcloud.conftest import LoopThread
from tests.integration.localcloud.dashscope_client import read

PHOTO = ROOT / "scripts" / "samples" / "hopper.jpg"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    thread = LoopThread()
    running = LocalCloud(tmp_path / "cloud", template=VARIANT)
    thread.run(running.start(), timeout=120)
    yield running
    thread.run(running.stop())
    thread.close()


def test_an_upload_is_finished_by_functions_without_a_service(cloud: LocalCloud) -> None:
    d = cloud.description()
    auth = oss2.AuthV4(d["access_key_id"], d["access_key_secret"])
    bucket = oss2.Bucket(auth, d["oss_endpoint"], d["bucket"], region=d["region"])
    bucket.put_object(d["upload_prefix"] + "a.jpg", PHOTO.read_bytes())

    def manifests() -> list[str]:
        found = oss2.ObjectIterator(bucket, prefix=d["results_prefix"])
        return [each.key for each in found if each.key.endswith("manifest.json")]

    logs = Path(d["data_dir"]) / "logs"
    until(lambda: bool(manifests()), 120, lambda: str(sorted(logs.iterdir())))
    assert len(json.loads(bucket.get_object(manifests()[0]).read())["people"]) == 1

    status, body = read(f"{d['control_url']}/_control/permissions")
    assert status == 200
    asked = json.loads(body)
    assert asked["refused"] == []
    started = {
        p["resource"]: p["used"] for p in asked["permissions"] if p["action"] == "fc:InvokeFunction"
    }
    for function in ("submit", "finalizer"):  # a poller that is there already is not woken
        assert started[f"acs:fc:*:*:functions/maskline-{function}"] > 0
