"""Tablestore's adapter when the service has trouble: what is certain, what is not, what lags."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.tablestore.service import TablestoreService
from shared.adapters.tablestore.gates import TablestoreGateStore
from shared.adapters.tablestore.jobs import TablestoreJobStore
from shared.adapters.tablestore.schema import create_tables
from shared.adapters.tablestore.sdk import connect, tablestore
from shared.domain.state import JobState
from shared.ports.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    ThrottledError,
    UnavailableError,
)
from tests.contract import records
from tests.contract.records import NOW
from tests.integration.localcloud.conftest import Serve


@pytest.fixture
def options(cloud: Cloud, serve_in_thread: Serve) -> dict[str, Any]:
    identity = cloud.identity
    return {
        "endpoint": serve_in_thread(TablestoreService(cloud)),
        "instance": identity.tablestore_instance,
        "region": identity.region,
        "access_key_id": identity.access_key_id,
        "access_key_secret": identity.access_key_secret,
        "timeout": 1.0,
    }


@pytest.fixture
def client(options: dict[str, Any]) -> Iterator[Any]:
    made = connect(**options)
    create_tables(made)
    yield made
    made.connection.pool.clear()


@pytest.fixture
def jobs(client: Any) -> TablestoreJobStore:
    return TablestoreJobStore(client)


def fault(cloud: Cloud, operation: str, what: str, count: int = 1) -> None:
    cloud.faults.add(
        {"service": "tablestore", "operation": operation, "fault": what, "count": count}
    )


def calls(cloud: Cloud, operation: str) -> int:
    return int(cloud.calls.snapshot()["calls"]["tablestore"].get(operation, 0))


def test_a_write_whose_answer_is_lost_is_uncertain_and_sent_once(
    cloud: Cloud, jobs: TablestoreJobStore
) -> None:
    fault(cloud, "PutRow", "drop-after")

    with pytest.raises(UnavailableError):
        jobs.add(records.job(nonce="mine"))

    assert calls(cloud, "PutRow") == 1
    found = jobs.get("job-1")
    assert found is not None
    assert found.nonce == "mine"


@pytest.mark.parametrize("what", ["error:500:OTSInternalServerError", "error:503:OTSTimeout"])
def test_a_write_with_an_unknown_outcome_is_not_sent_again(
    cloud: Cloud, jobs: TablestoreJobStore, what: str
) -> None:
    jobs.add(records.job())
    fault(cloud, "UpdateRow", what)

    with pytest.raises(UnavailableError):
        jobs.replace(records.job(version=2), expected_version=1)
    assert calls(cloud, "UpdateRow") == 1


def test_a_busy_service_is_asked_again_a_few_times(cloud: Cloud, jobs: TablestoreJobStore) -> None:
    jobs.add(records.job())
    fault(cloud, "UpdateRow", "error:503:OTSServerBusy", count=2)

    jobs.replace(records.job(version=2), expected_version=1)

    assert jobs.get("job-1") == records.job(version=2)
    fault(cloud, "UpdateRow", "error:503:OTSServerBusy", count=99)
    began = time.monotonic()
    with pytest.raises(ThrottledError):
        jobs.replace(records.job(version=3), expected_version=2)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "what", ["drop-before", "drop-after", "truncate", "error:500:OTSInternalServerError"]
)
def test_a_read_in_short_trouble_is_tried_again(
    cloud: Cloud, jobs: TablestoreJobStore, what: str
) -> None:
    jobs.add(records.job())
    fault(cloud, "GetRow", what)

    assert jobs.get("job-1") == records.job()


def test_silence_ends_with_the_time_limit_for_reads_as_well(
    cloud: Cloud, jobs: TablestoreJobStore
) -> None:
    acts: list[Callable[[], object]] = [
        lambda: jobs.add(records.job()),
        lambda: jobs.get("job-1"),
    ]
    for act in acts:
        fault(cloud, "*", "delay:10", count=9)
        began = time.monotonic()
        with pytest.raises(UnavailableError):
            act()
        assert time.monotonic() - began < 1.9  # the limit is one second
        cloud.faults.clear()


def test_waking_is_never_done_twice_by_itself(cloud: Cloud, client: Any) -> None:
    gates = TablestoreGateStore(client)
    gates.add(records.gate())
    fault(cloud, "UpdateRow", "drop-after")

    with pytest.raises(UnavailableError):
        gates.wake("gate-1")

    assert gates.get("gate-1") == records.gate(wake=1)


def test_a_wrong_secret_is_forbidden(options: dict[str, Any]) -> None:
    client = connect(**{**options, "access_key_secret": "not-the-secret"})

    with pytest.raises(ForbiddenError) as caught:
        TablestoreJobStore(client).get("job-1")
    assert "not-the-secret" not in str(caught.value)
    client.connection.pool.clear()


def test_tables_that_are_not_there_yet(options: dict[str, Any]) -> None:
    client = connect(**options)

    with pytest.raises(NotFoundError, match="jobs"):
        TablestoreJobStore(client).add(records.job())
    client.connection.pool.clear()


def test_an_index_that_lags_returns_nothing_wrong_and_misses_nothing_later(
    cloud: Cloud, jobs: TablestoreJobStore
) -> None:
    jobs.add(records.job("old"))
    records.once(lambda: jobs.due(before=NOW, limit=9), bool)
    fault(cloud, "*", "stale-index:1.5", count=10_000)

    jobs.replace(
        records.job("old", version=2, due_at=None, state=JobState.DONE), expected_version=1
    )
    jobs.add(records.job("new"))

    assert [job.id for job in jobs.due(before=NOW, limit=9)] == []
    cloud.faults.clear()
    found = records.once(lambda: jobs.due(before=NOW, limit=9), bool)
    assert [job.id for job in found] == ["new"]


def test_stale_entries_do_not_hide_what_is_due_behind_them(
    cloud: Cloud, jobs: TablestoreJobStore
) -> None:
    for n in range(8):  # four of them in the partition of the one that is due
        jobs.add(records.job(f"done-{n}", due_at=NOW - 9))
    jobs.add(records.job("due"))
    records.once(lambda: jobs.due(before=NOW, limit=9), lambda f: len(f) == 9)
    fault(cloud, "*", "stale-index:5", count=10_000)
    for n in range(8):
        ended = records.job(f"done-{n}", version=2, state=JobState.DONE, due_at=None)
        jobs.replace(ended, expected_version=1)

    assert [job.id for job in jobs.due(before=NOW, limit=2)] == ["due"]


def test_a_list_by_state_shows_no_job_in_the_state_it_left(
    cloud: Cloud, jobs: TablestoreJobStore
) -> None:
    jobs.add(records.job(state=JobState.RUNNING))
    records.once(lambda: jobs.page(JobState.RUNNING, after=None, limit=9)[0], bool)
    fault(cloud, "*", "stale-index:5", count=10_000)

    jobs.replace(records.job(version=2, state=JobState.DONE), expected_version=1)

    assert jobs.page(JobState.RUNNING, after=None, limit=9) == ([], None)


def test_a_row_that_cannot_be_read_does_not_hide_the_others(
    client: Any, jobs: TablestoreJobStore, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("broken", "whole"):
        jobs.add(records.job(name))
    records.once(lambda: jobs.due(before=NOW, limit=9), lambda f: len(f) == 2)
    change = tablestore.Row([("job_id", "broken")], {"put": [("doc", '{"schema_version":99}')]})
    client.update_row("jobs", change, tablestore.Condition("EXPECT_EXIST"))

    assert [job.id for job in jobs.due(before=NOW, limit=9)] == ["whole"]
    assert "broken" in caplog.text


def test_what_stood_among_the_chores_before_it_had_a_lane_of_its_own_is_found(
    client: Any, jobs: TablestoreJobStore
) -> None:
    jobs.add(records.job("older", state=JobState.RUNNING))
    change = tablestore.Row([("job_id", "older")], {"put": [("lane", "chore-0")]})
    client.update_row("jobs", change, tablestore.Condition("EXPECT_EXIST"))

    found = records.once(lambda: jobs.due(before=NOW, limit=9), bool)

    assert [job.id for job in found] == ["older"]


def test_columns_of_a_newer_version_stay(client: Any, jobs: TablestoreJobStore) -> None:
    jobs.add(records.job())
    change = tablestore.Row([("job_id", "job-1")], {"put": [("colour", "red")]})
    client.update_row("jobs", change, tablestore.Condition("EXPECT_EXIST"))

    jobs.replace(records.job(version=2, due_at=None), expected_version=1)

    _, row, _ = client.get_row("jobs", [("job_id", "job-1")])
    columns = {name: value for name, value, _ in row.attribute_columns}
    assert columns["colour"] == "red"
    assert "lane" not in columns
    assert "due_at" not in columns


def test_a_column_that_is_missing_never_passes_for_an_expected_one(
    client: Any, jobs: TablestoreJobStore
) -> None:
    jobs.add(records.job())
    change = tablestore.Row([("job_id", "job-1")], {"delete_all": ["version"]})
    client.update_row("jobs", change, tablestore.Condition("EXPECT_EXIST"))

    with pytest.raises(ConflictError):
        jobs.replace(records.job(version=2), expected_version=1)
