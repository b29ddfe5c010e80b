"""From the upload to its event, without the provider's own time, on an idle and warm system.

One photo at a time; between two the poller has left, so that each is taken in by a wake-up.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from statistics import median
from typing import Any, Final

from scripts.bench.cloud import RunningCloud, cloud_up, pause
from scripts.bench.figures import percentile
from scripts.bench.pictures import photo
from scripts.bench.report import Line, Section

SERVICE: Final = 1.0
IDLE: Final = 4.0
"""Seconds between two photos: longer than a poller lingers."""
WARMING: Final = 2
AIMS: Final = {"median": 1.0, "95th percentile": 2.0}


def measure(images: int) -> list[float]:
    """Seconds that the pipeline added, for each of so many photos. Raises BenchError."""
    with cloud_up(service_time=SERVICE) as cloud:
        cloud.settle()
        return [_one(cloud, number) for number in range(WARMING + images)][WARMING:]


def _one(cloud: RunningCloud, number: int) -> float:
    pause(IDLE)
    began = time.time()
    key = cloud.upload(f"{number}.jpg", photo(number))
    event = cloud.wait_for([key], 60.0)[key]
    return float(event["published"]) - began - _worked(cloud.ledger()["tasks"])


def _worked(tasks: list[Mapping[str, Any]]) -> float:
    """What the last task took at the provider."""
    last = max(tasks, key=lambda task: task["submit_time"])
    return float(last["end_time"] - last["start_time"])


def section(samples: list[float]) -> Section:
    """The median and the 95th percentile against what is promised."""
    found = {"median": median(samples), "95th percentile": percentile(samples, 0.95)}
    lines = [
        Line(
            section="latency",
            what=f"upload to event, {what}, {len(samples)} photos",
            ours=f"{seconds:.2f} s",
            aim=f"< {AIMS[what]:g} s",
            met=seconds < AIMS[what],
        )
        for what, seconds in found.items()
    ]
    return Section(name="latency", lines=lines, rows=samples)
