"""The provider's completion events reach the poller: once, twice, forged; nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fc2
import pytest

from tests.e2e.cloud_process import CloudProcess, cloud_up, paid_per_upload
from tests.e2e.photographs import portrait

IMAGES = 6
TYPE = "dashscope:System:AsyncTaskFinish"


def forged(task_id: str) -> bytes:
    data = {"task_id": task_id, "task_status": "SUCCEEDED"}
    return json.dumps({"specversion": "1.0", "type": TYPE, "data": data}).encode()


def told(cloud: CloudProcess, event: bytes) -> Any:
    found = cloud.description
    client = fc2.Client(
        endpoint=found["fc_endpoint"],
        accessKeyID=found["access_key_id"],
        accessKeySecret=found["access_key_secret"],
    )
    return json.loads(client.invoke_function(found["fc_service"], "poller", payload=event).data)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_events_of_the_provider_and_of_strangers(tmp_path: Path) -> None:
    with cloud_up(tmp_path / "data") as cloud:
        cloud.control("/_control/dashscope", {"service_time": 1.0, "announce": "poller"})
        keys = [cloud.put(f"{n}.jpg", portrait(n, side=512)) for n in range(IMAGES)]
        cloud.wait_for(keys[:2], 120)
        running = cloud.ledger()["tasks"][-1]["task_id"]

        assert told(cloud, forged("no-such-task"))["ended"] == 0
        for _ in range(2):
            assert told(cloud, forged(running))["tasks"] == 1
        ended = cloud.wait_for(keys, 120)
        again = told(cloud, forged(cloud.ledger()["tasks"][0]["task_id"]))

        assert again == {"cause": "task ended", "tasks": 1, "ended": 0}
        assert {event["type"] for event in ended.values()} == {"maskline.job.done"}
        assert set(paid_per_upload(cloud.ledger()).values()) == {1}
        audit = cloud.maskline("audit", "--wait", "60")
        assert audit.returncode == 0, audit.stdout + audit.stderr
        log = tmp_path / "data" / "logs"
        said = "".join(path.read_text(errors="replace") for path in log.rglob("*.log"))
        assert '"cause": "task ended"' in said, "the provider's own events did not arrive"
