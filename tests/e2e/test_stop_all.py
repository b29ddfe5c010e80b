"""The free quota ends in the middle of the work: all stops at once, and goes on at a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.cloud_process import CloudProcess, cloud_up, paid_per_upload, until
from tests.e2e.photographs import portrait

IMAGES, FREE = 100, 50
GONE = "AllocationQuota.FreeTierOnly"
DONE, STOPPED, RESUMED = (
    f"maskline.{what}" for what in ("job.done", "pipeline.stopped", "pipeline.resumed")
)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_free_quota_ends_in_the_middle_of_a_hundred_pictures(tmp_path: Path) -> None:
    with cloud_up(tmp_path / "data") as cloud:
        cloud.control("/_control/dashscope", {"service_time": 0.1, "quota": FREE})
        keys = [cloud.put(f"{n}.jpg", portrait(n, side=256)) for n in range(IMAGES)]
        _wait_for(cloud, STOPPED, 1)
        refused = cloud.ledger()["refused"]
        _wait_for(cloud, DONE, FREE)

        assert refused.get(GONE) == 1, "more than one was refused before the stop"
        assert cloud.ledger()["totals"] == {"accepted": FREE, "billed": FREE, "failed": 0}

        cloud.control("/_control/dashscope", {"quota": None})
        assert cloud.maskline("resume").returncode == 0
        _wait_for(cloud, DONE, IMAGES)

        said = [event["type"] for event in cloud.events()]
        assert [kind for kind in said if kind != DONE] == [STOPPED, RESUMED]
        assert {e["subject"] for e in cloud.events() if e["type"] == DONE} == set(keys)
        paid = paid_per_upload(cloud.ledger())
        assert (len(paid), set(paid.values())) == (IMAGES, {1})
        assert cloud.ledger()["totals"]["accepted"] == IMAGES
        audit = cloud.maskline("audit", "--wait", "60")
        assert audit.returncode == 0, audit.stdout + audit.stderr


def _wait_for(cloud: CloudProcess, kind: str, count: int) -> None:
    """Until so many events of the kind were published, repetitions and all."""

    def said() -> int:
        return sum(event["type"] == kind for event in cloud.events())

    until(lambda: said() >= count, 240, lambda: f"{said()} of {count} {kind}")
