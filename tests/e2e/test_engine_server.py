"""The pipeline's deployed functions, pointed at `maskline engine serve` instead of the provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import oss2
import pytest

from scripts.localcloud.app import TEMPLATE, LocalCloud
from tests.e2e.cloud_process import until
from tests.integration.localcloud.conftest import LoopThread, free_port
from tests.integration.serve.engine_process import ROOT, Server, served

PHOTO = ROOT / "scripts" / "samples" / "group-of-three.jpg"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Server]:
    """A server that may fetch from the local cloud's OSS, which stands on loopback."""
    with served(tmp_path / "engine", free_port(), "--allow-address", "127.0.0.0/8") as server:
        yield server


@pytest.fixture
def cloud(tmp_path: Path, engine: Server) -> Iterator[LocalCloud]:
    """A local cloud whose functions are deployed with the engine server's address and key."""
    text = TEMPLATE.read_text()
    for reference, value in (
        ("DashScopeBaseUrl", engine.said["dashscope_base_url"]),
        ("DashScopeApiKey", engine.said["dashscope_api_key"]),
        ("ResultHosts", engine.said["dashscope_result_hosts"]),
    ):
        reading = f"\n        Ref: {reference}\n"
        assert reading in text
        text = text.replace(reading, f" {json.dumps(value)}\n")
    template = tmp_path / "template.yml"
    template.write_text(text)
    thread = LoopThread()
    running = LocalCloud(tmp_path / "cloud", template=template)
    thread.run(running.start(), timeout=120)
    yield running
    thread.run(running.stop())
    thread.close()


def test_the_pipeline_goes_on_with_an_engine_of_ones_own(
    cloud: LocalCloud, engine: Server, tmp_path: Path
) -> None:
    d = cloud.description()
    auth = oss2.AuthV4(d["access_key_id"], d["access_key_secret"])
    bucket = oss2.Bucket(auth, d["oss_endpoint"], d["bucket"], region=d["region"])
    bucket.put_object(d["upload_prefix"] + "three.jpg", PHOTO.read_bytes())

    def manifests() -> list[str]:
        found = oss2.ObjectIterator(bucket, prefix=d["results_prefix"])
        return [each.key for each in found if each.key.endswith("manifest.json")]

    until(lambda: bool(manifests()), 120, (tmp_path / "requests.log").read_text)
    manifest = json.loads(bucket.get_object(manifests()[0]).read())
    assert [person["id"] for person in manifest["people"]] == [1, 2, 3]
    listed = engine.client.ask("GET", "/tasks")[1]
    assert [task["status"] for task in listed["data"]] == ["SUCCEEDED"]
