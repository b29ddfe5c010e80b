"""Measures summed up by the local cloud, as another program reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from scripts.localcloud.core import metrics
from scripts.localcloud.core.metrics import Metrics


def line(**fields: Any) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def measure(metric: str, kind: str, value: float, **labels: str) -> bytes:
    return line(metric=metric, kind=kind, value=value, level="INFO", **labels)


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)  # type: ignore[no-untyped-call]  # its own
        for sample in family.samples
    }


def test_counters_add_up_gauges_are_the_last_and_summaries_have_both() -> None:
    found = Metrics()
    for value in (1, 2):
        found.read(measure("jobs_ended", "counter", value, state="DONE", code="", job_id="j-1"))
        found.read(measure("quota_left", "gauge", value, stage="segment"))
        found.read(measure("slot_idle_seconds", "summary", value / 2, task_id="t-1"))

    assert samples(found.text()) == {
        ("maskline_jobs_ended_total", (("code", ""), ("state", "DONE"))): 3,
        ("maskline_quota_left", (("stage", "segment"),)): 2,
        ("maskline_slot_idle_seconds_count", ()): 2,
        ("maskline_slot_idle_seconds_sum", ()): 1.5,
    }


def test_labels_may_hold_anything() -> None:
    found, odd = Metrics(), 'say "no"\\ twice\nor 人'
    found.read(measure("jobs_ended", "counter", 1, code=odd))

    assert samples(found.text())["maskline_jobs_ended_total", (("code", odd),)] == 1


@pytest.mark.parametrize(
    "said",
    [
        b'no json "metric"\n',
        b'["metric"]\n',
        line(metric="x", kind="counter", value="1"),
        line(metric="x", kind="counter", value=True),
        line(metric="x", kind="histogram", value=1),
        line(metric="x y", kind="counter", value=1),
        line(metric="x", kind="counter"),
        b'{"metric": "x", "kind": "gauge", "value": NaN}\n',
        line(message="a line about a metric"),
    ],
)
def test_what_is_no_measure_is_passed_over(said: bytes) -> None:
    found = Metrics()
    found.read(said)

    assert samples(found.text()) == {}


def test_labels_without_end_are_not_kept() -> None:
    found = Metrics()
    for n in range(metrics.MOST_SERIES + 50):
        found.read(measure("jobs_ended", "counter", 1, code=str(n)))

    assert len(samples(found.text())) == metrics.MOST_SERIES


def test_calls_are_counted_too() -> None:
    text = Metrics().text({"oss": {"PutObject": 3}, "fc": {}})

    labels = (("operation", "PutObject"), ("service", "oss"))
    assert samples(text) == {("maskline_localcloud_calls_total", labels): 3}
