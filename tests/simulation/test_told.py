"""What a run leaves in the log: a line for each fact, and numbers that are right."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from shared.adapters.memory.stores import MemoryJobStore
from shared.domain import breaker
from shared.domain.job import Job
from shared.domain.metrics import METRICS
from shared.domain.tracing import trace_of
from shared.ports.errors import UnavailableError
from shared.transport.cloudevents import document_of
from tests.simulation.pictures import picture
from tests.simulation.test_plain_runs import jpeg
from tests.simulation.told import Told
from tests.simulation.world import World


@pytest.fixture
def told() -> Told:
    return Told(World(service_seconds=2.0, budget=10))


def total(told: Told, metric: str) -> float:
    return float(sum(line["value"] for line in told.measures(metric)))


def last(told: Told, metric: str) -> float:
    return float(told.measures(metric)[-1]["value"])


def test_every_fact_of_a_job_is_one_line_that_names_it(told: Told) -> None:
    told.upload("a.jpg", data=[jpeg(1)])

    (job,) = told.world.jobs.page(None, after=None, limit=9)[0]
    lines = [line for line in told.lines if line["logger"] == "maskline.jobs"]
    assert [line["message"] for line in lines] == [s.signal for s in job.history]
    assert {line["job_id"] for line in lines} == {job.id}
    assert job.task is not None
    after = [line for line in lines if line["state"] in {"RUNNING", "FINALIZING", "DONE"}]
    assert {line["task_id"] for line in after} == {job.task.task_id}
    assert [
        (line.get("was"), line["state"]) for line in lines if line.get("was") != line["state"]
    ] == [
        (None, "QUEUED"),
        ("QUEUED", "SUBMITTING"),
        ("SUBMITTING", "RUNNING"),
        ("RUNNING", "FINALIZING"),
        ("FINALIZING", "DONE"),
    ]


def test_the_numbers_of_three_photos(told: Told) -> None:
    told.upload("a.jpg", "b.jpg", "c.jpg", data=[jpeg(n) for n in range(3)])

    assert total(told, "submissions") == len(told.world.tasks.ledger) == 3
    assert total(told, "provider_queries") >= 3
    assert [(m["state"], m["code"]) for m in told.measures("jobs_ended")] == [("DONE", "")] * 3
    assert total(told, "jobs_moved") == len(told.facts())
    assert last(told, "quota_left") == 7
    assert last(told, "quota_left_percent") == 70
    assert last(told, "gate_stopped") == 0
    assert last(told, "queue_age_seconds") < 10
    assert total(told, "poller_beats") > 0
    finalizing = [line["value"] for line in told.measures("finalizing_seconds")]
    assert len(finalizing) == 3
    assert all(0 <= value < 5 for value in finalizing)


def test_nobody_waits_once_all_is_done(told: Told) -> None:
    told.upload("a.jpg", data=[jpeg(1)])
    told.world.clock.advance(300.0)
    told.tick()

    assert last(told, "queue_age_seconds") == 0


def test_the_slot_that_waits_at_the_provider_is_not_idle(told: Told) -> None:
    told.upload("a.jpg", "b.jpg", "c.jpg", data=[jpeg(n) for n in range(3)])

    idle = [line["value"] for line in told.measures("slot_idle_seconds")]
    assert len(idle) == 2
    assert sum(idle) < 0.1


def test_a_slot_that_stood_idle_while_a_photo_waited_is_told(told: Told) -> None:
    told.upload("a.jpg", data=[jpeg(1)])
    late = told.world.upload("b.jpg", jpeg(2))
    with told.listening():
        told.functions.pipeline.journal.accept(late.source)
    told.world.clock.advance(100.0)
    told.tick()

    (idle,) = told.measures("slot_idle_seconds")
    assert 100 <= idle["value"] < 130


class Broken(MemoryJobStore):
    def add(self, row: Job) -> None:
        raise UnavailableError("down")


def stop(told: Told) -> None:
    now = told.world.clock.now()
    told.functions.pipeline.gatekeeper.change(lambda gate: breaker.paused(gate, "test", now=now))


def test_a_photo_that_waits_ages_and_a_stopped_gate_is_told(told: Told) -> None:
    told.upload("a.jpg", data=[jpeg(1)])
    stop(told)
    late = told.world.upload("b.jpg", jpeg(2))
    told.functions.pipeline.journal.accept(late.source)
    told.functions.pipeline.gatekeeper.change(lambda g: replace(g, others_wait=True))
    told.world.clock.advance(20.0)

    told.tick()

    assert told.measures("gate_stopped")[-1]["value"] == 1
    assert 20 <= last(told, "queue_age_seconds") < 700


def test_a_paid_result_that_nobody_saves_is_at_risk(told: Told) -> None:
    with told.listening():
        told.functions.pipeline.take_in([told.world.upload("a.jpg", jpeg(1))])
        while not any(function == "finalizer" for function, _, _ in told.world.invoker.asked):
            told.world.clock.advance(3.0)
            told.functions.pipeline.drain.rounds()
    told.world.invoker.asked.clear()
    told.world.clock.advance(4000.0)
    with told.listening():
        told.functions.pipeline.drain.rounds()
        told.meter.tell()

    assert last(told, "results_at_risk") == 1


def test_what_came_back_undelivered_is_counted(told: Told) -> None:
    told.world.failures.send({"uploads": ()})
    told.tick()

    assert last(told, "failure_queue_messages") == 1


def test_a_poller_shows_signs_of_life_once_a_minute(told: Told) -> None:
    with told.listening():
        for _ in range(130):
            told.functions.pipeline.gatekeeper.load()
            told.world.clock.advance(1.0)
    assert total(told, "poller_beats") == 2


def test_what_fails_to_be_written_is_not_told() -> None:
    broken = Told(World(jobs=Broken()))
    with broken.listening(), pytest.raises(UnavailableError):
        broken.functions.pipeline.journal.accept(broken.world.upload("a.jpg", jpeg(1)).source)
    assert broken.facts() == []


def test_every_metric_has_a_meaning_and_a_unit_in_its_name() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.meaning.endswith(".")
        assert metric.name == metric.name.lower()


def test_one_upload_is_one_trace_from_its_metadata_to_its_event() -> None:
    told = Told(World(trace_of=trace_of))
    upload = told.world.upload("a.jpg", picture(1), recipes="people,erase:people=all")
    with told.listening():
        told.functions.pipeline.take_in([upload])
        told.world.run(told.functions)

    job = told.world.job(upload)
    jobs = told.world.jobs.page(None, after=None, limit=9)[0]
    assert len(jobs) == 2
    assert {each.trace for each in jobs} == {trace_of(job.id, {})}
    lines = [line for line in told.lines if line["logger"] == "maskline.jobs"]
    traced = [line for line in lines if "trace_id" in line]
    assert {line["trace_id"] for line in traced} == {job.id}
    assert [line["message"] for line in lines if line not in traced] == ["Accepted"]
    events = [document_of(event) for event in told.world.sink.published]
    assert {event["traceparent"] for event in events} == {job.trace}


def test_without_traces_nothing_tells_of_any() -> None:
    told = Told(World())
    told.upload("a.jpg", data=[jpeg(1)])

    assert not [line for line in told.lines if "trace_id" in line]
    assert not [e for e in told.world.sink.published if "traceparent" in document_of(e)]


def test_tracing_costs_nothing_where_it_is_off() -> None:
    program = (
        "import sys, shared.bootstrap._parts;"
        "ours = ('shared.domain.tracing', 'opentelemetry');"
        "print([name for name in sys.modules if name.startswith(ours)])"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"
