"""What clients name as they like does not stay in memory for ever."""

from __future__ import annotations

from pathlib import Path

from scripts.localcloud.core.access import MOST_REFUSED
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.dashscope.models import MOST_WINDOWS, Provider, Submission
from scripts.localcloud.services.dashscope.tasks import TaskStore


def test_refusals_are_told_apart_as_long_as_they_are_few(cloud: Cloud) -> None:
    for number in range(MOST_REFUSED + 50):
        cloud.access.decide("nobody", "oss:GetObject", f"acs:oss:*:*:bucket/{number}")

    refused = cloud.access.report()["refused"]

    assert len(refused) == MOST_REFUSED + 1
    assert refused[0]["resource"] == "acs:oss:*:*:bucket/0"
    assert (refused[-1]["resource"], refused[-1]["count"]) == ("*", 50)


def test_limits_of_models_that_nobody_asks_for_any_more_are_forgotten(
    cloud: Cloud, tmp_path: Path
) -> None:
    database = Database(tmp_path / "tasks.sqlite3")
    provider = Provider(TaskStore(database), cloud.clock)
    for number in range(MOST_WINDOWS + 20):
        cloud.clock.advance(2)
        provider.submit(Submission(model=f"model-{number}", function="f", body={}, request_id="r"))

    assert len(provider._windows) < MOST_WINDOWS
    database.close()
