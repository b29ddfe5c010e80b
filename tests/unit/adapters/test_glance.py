"""What `maskline status --openmetrics` tells, of rows as a deployment has them."""

from __future__ import annotations

from dataclasses import replace

from shared.adapters.memory.clock import ManualClock
from shared.adapters.memory.stores import MemoryGateStore, MemoryJobStore
from shared.adapters.telling.glance import glance
from shared.adapters.telling.meter import Meter
from shared.domain.breaker import paused
from shared.domain.gate import Gate
from shared.domain.job import Task
from shared.domain.quota import Quota
from shared.domain.stage import Stage
from shared.domain.state import JobState
from tests.contract.records import job, standing

STAGES = {"gate": Stage.SEGMENT, "gate-of-erasing": Stage.ERASE}
HOUR = 3600.0


def looked(
    jobs: MemoryJobStore, gates: MemoryGateStore, clock: ManualClock
) -> dict[tuple[str, str], float]:
    meter = Meter(clock)
    glance(jobs, gates, meter, clock, STAGES)
    return {(metric.name, dict(labels)["stage"]): v for metric, labels, v in meter.taken()}


def test_who_waits_longest_what_is_at_risk_what_is_left_and_that_it_is_paused() -> None:
    clock, jobs, gates = ManualClock(), MemoryJobStore(), MemoryGateStore()
    now = clock.now()
    gate = Gate(id="gate", version=1, nonce="n", quota=Quota(budget=500, spent=20))
    gates.add(paused(replace(gate, others_wait=True), "a while", now=now))
    for age, place in ((90.0, 1), (30.0, 2)):
        jobs.add(standing(f"job-{place}", created_at=now - age, place=place))
    for hours in (0.5, 2, 3):
        ended = now - hours * HOUR
        task = Task(
            task_id=f"t-{hours}",
            request_id="r",
            accepted_at=ended,
            ended_at=ended,
            deadline=ended + 24 * HOUR,
        )
        unsaved = job(f"unsaved-{hours}", state=JobState.FINALIZING, task=task, due_at=now + 300)
        jobs.add(unsaved)

    assert looked(jobs, gates, clock) == {
        ("gate_stopped", "segment"): 1,
        ("quota_left", "segment"): 480,
        ("quota_left_percent", "segment"): 96,
        ("queue_age_seconds", "segment"): 90,
        ("results_at_risk", "segment"): 2,
        ("results_at_risk", "erase"): 0,
    }


def test_before_the_first_job_there_is_little_to_tell() -> None:
    found = looked(MemoryJobStore(), MemoryGateStore(), ManualClock())

    assert found == {("results_at_risk", "segment"): 0, ("results_at_risk", "erase"): 0}
