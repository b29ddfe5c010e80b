"""The template's alarms and ready queries, asked of lines that runs really leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from scripts.localcloud.templates.resolution import Resource
from shared.domain import breaker
from shared.domain.metrics import METRICS
from tests.simulation.log_service import fires, query
from tests.simulation.test_plain_runs import jpeg
from tests.simulation.told import Told
from tests.simulation.world import World
from tests.unit.template.described import resolved

ALARMS = (
    "at-risk",
    "failure-queue",
    "finalizer-failures",
    "gate-stopped",
    "poller-stalled",
    "queue-age",
    "quota-low",
)


def of_type(kind: str) -> dict[str, Mapping[str, Any]]:
    """Details by what the resource is about."""
    found: list[Resource] = [r for r in resolved().values() if r.type == f"ALIYUN::SLS::{kind}"]
    names = {"Alert": "Name", "Savedsearch": "SavedsearchName"}
    return {
        str(r.properties["Detail"][names[kind]]).partition("maskline-")[2]: r.properties["Detail"]
        for r in found
    }


def asked(detail: Mapping[str, Any], told: Told) -> bool:
    """Whether the alarm is raised now."""
    config = detail["Configuration"]
    (one,) = config["QueryList"]
    (severity,) = config["SeverityConfigurations"]
    now = told.world.clock.now()
    rows = query(one["Query"], told.lines, now=now, start=one["Start"])
    return fires(severity["EvalCondition"]["Condition"], rows)


def raised(told: Told) -> list[str]:
    """The alarms that are raised now."""
    return sorted(name for name, detail in of_type("Alert").items() if asked(detail, told))


def some_photos(**world: Any) -> Told:
    told = Told(World(**world))
    told.upload("a.jpg", "b.jpg", "c.jpg", data=[jpeg(n) for n in range(3)])
    return told


def log_line(told: Told, **fields: Any) -> None:
    told.lines.append({"at": told.world.clock.now(), **fields})


def stopped(told: Told) -> None:
    now = told.world.clock.now()
    keeper = told.functions.pipeline.gatekeeper
    keeper.change(lambda gate: breaker.paused(gate, "test", now=now))
    told.tick()


def queue(told: Told) -> None:
    """An upload that nobody lets through, an hour and more; the poller is alive."""
    keeper = told.functions.pipeline.gatekeeper
    now = told.world.clock.now()
    keeper.change(lambda gate: breaker.paused(gate, "test", now=now))
    late = told.world.upload("late.jpg", jpeg(9))
    told.functions.pipeline.take_in([late])
    keeper.change(lambda gate: replace(gate, others_wait=True))
    told.world.clock.advance(4000.0)
    with told.listening():
        told.functions.pipeline.drain.rounds()
        told.meter.tell()


def lost_finalizer(told: Told) -> None:
    told.functions.pipeline.take_in([told.world.upload("late.jpg", jpeg(9))])
    while not any(function == "finalizer" for function, _, _ in told.world.invoker.asked):
        told.world.clock.advance(3.0)
        told.functions.pipeline.drain.rounds()
    told.world.invoker.asked.clear()
    told.world.clock.advance(4000.0)
    with told.listening():
        told.functions.pipeline.drain.rounds()
        told.meter.tell()


def failing_finalizer(told: Told) -> None:
    for _ in range(3):
        log_line(told, level="ERROR", logger="maskline", message="finalizer failed")


def undelivered(told: Told) -> None:
    told.world.clock.advance(1000.0)
    told.world.failures.send({"uploads": ()})
    told.tick()


def silence(told: Told) -> None:
    told.world.clock.advance(1000.0)


def standstill(told: Told) -> None:
    """The poller lives, somebody waits, nothing moves."""
    told.world.clock.advance(1000.0)
    for metric, value in (("poller_beats", 1), ("queue_age_seconds", 700), ("jobs_moved", 0)):
        log_line(told, logger="maskline.metrics", metric=metric, value=value)


def nothing(told: Told) -> None:
    told.world.clock.advance(60.0)
    told.tick()


def test_there_is_an_alarm_for_each_trouble() -> None:
    assert sorted(of_type("Alert")) == list(ALARMS)


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (nothing, []),
        (stopped, ["gate-stopped"]),
        (queue, ["gate-stopped", "queue-age"]),
        (lost_finalizer, ["at-risk"]),
        (failing_finalizer, ["finalizer-failures"]),
        (undelivered, ["failure-queue"]),
        (silence, ["poller-stalled"]),
        (standstill, ["poller-stalled"]),
    ],
)
def test_each_trouble_raises_its_alarm_and_no_other(
    trouble: Callable[[Told], None], expected: list[str]
) -> None:
    told = some_photos()
    assert raised(told) == []
    trouble(told)
    assert raised(told) == expected


def test_a_budget_that_is_nearly_used_up_raises_the_alarm() -> None:
    assert raised(some_photos(budget=40)) == []
    assert raised(some_photos(budget=3)) == ["quota-low"]


def test_ready_queries_find_what_they_promise() -> None:
    told = some_photos()
    now = told.world.clock.now()
    rows = {
        name: query(detail["SearchQuery"], told.lines, now=now)
        for name, detail in of_type("Savedsearch").items()
    }

    assert rows["failures-by-code"] == [{"state": "DONE", "code": "", "jobs": 3}]
    assert sum(row["idle"] for row in rows["slot-idle"]) < 1
    assert {row["metric"] for row in rows["calls"]} == {"provider_queries", "submissions"}
    assert rows["finalizing-time"][0]["longest"] < 10
    (job, *_) = told.world.jobs.page(None, after=None, limit=1)[0]
    story = of_type("Savedsearch")["job-story"]["SearchQuery"].replace("PUT A JOB ID HERE", job.id)
    assert len(query(story, told.lines, now=now)) >= len(job.history)


def test_queries_name_metrics_and_fields_that_lines_have() -> None:
    texts = [
        *(d["Configuration"]["QueryList"][0]["Query"] for d in of_type("Alert").values()),
        *(d["SearchQuery"] for d in of_type("Savedsearch").values()),
    ]
    told = some_photos(budget=40)
    metrics = {metric.name for metric in METRICS}
    fields = {name for line in told.lines for name in line}
    for text in texts:
        named = set(re.findall(r"metric(?:'\))? (?:=|in) \(?'(\w+)'", text))
        assert named <= metrics, text
        assert set(re.findall(r"'\$\.(\w+)'", text)) <= fields, text
        assert len(text) < 1000
