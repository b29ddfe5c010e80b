"""The vendor's own SDK against the local Tablestore: secondary indexes, and what they cost."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.services.tablestore.service import TablestoreService
from tests.integration.localcloud.tablestore_client import (
    ANY,
    DUE_INDEX,
    HIGH,
    LOW,
    code_of,
    due,
    eventually,
    make_client,
    make_jobs,
    make_table,
    put,
    sdk,
)

Serve = Callable[[Service], str]


@pytest.fixture
def client(cloud: Cloud, serve_in_thread: Serve) -> Any:
    """A client of a running service without tables."""
    return make_client(serve_in_thread(TablestoreService(cloud)), cloud)


def test_index_follows_its_table(client: Any) -> None:
    make_jobs(client)
    put(client, "jobs", [("job_id", "a")], shard=0, due_at=20, state="QUEUED")
    put(client, "jobs", [("job_id", "b")], shard=0, due_at=10, state="QUEUED")
    put(client, "jobs", [("job_id", "c")], shard=1, due_at=5, state="QUEUED")

    eventually(lambda: due(client), [(10, "b", "QUEUED"), (20, "a", "QUEUED")])
    client.update_row(
        "jobs", sdk.Row([("job_id", "a")], {"put": [("due_at", 5), ("state", "RUNNING")]}), ANY
    )
    eventually(lambda: due(client), [(5, "a", "RUNNING"), (10, "b", "QUEUED")])


def test_row_without_an_index_column_is_not_in_the_index(client: Any) -> None:
    make_jobs(client)
    put(client, "jobs", [("job_id", "a")], shard=0, due_at=20, state="QUEUED")
    put(client, "jobs", [("job_id", "b")], shard=0, state="DONE")
    eventually(lambda: due(client), [(20, "a", "QUEUED")])

    client.update_row("jobs", sdk.Row([("job_id", "a")], {"delete_all": ["due_at"]}), ANY)
    eventually(lambda: due(client), [])


def test_index_may_name_key_columns_of_its_table_among_those_it_carries(client: Any) -> None:
    index = sdk.SecondaryIndexMeta("by_state", ["state"], ["job_id", "due_at"])
    defined = [("state", "STRING"), ("due_at", "INTEGER")]
    make_table(client, "named", [("job_id", "STRING")], defined=defined, indexes=[index])
    put(client, "named", [("job_id", "a")], state="DONE", due_at=1)

    def found() -> list[Any]:
        start = [("state", LOW), ("job_id", LOW)]
        end = [("state", HIGH), ("job_id", HIGH)]
        rows = client.get_range("by_state", "FORWARD", start, end, max_version=1)[2]
        return [(row.primary_key, [cell[:2] for cell in row.attribute_columns]) for row in rows]

    eventually(found, [([("state", "DONE"), ("job_id", "a")], [("due_at", 1)])])
    told = client.describe_table("named").secondary_indexes[0]
    assert told.defined_column_names == ["job_id", "due_at"]


def test_deleted_row_leaves_the_index(client: Any) -> None:
    make_jobs(client)
    put(client, "jobs", [("job_id", "a")], shard=0, due_at=20)
    eventually(lambda: due(client), [(20, "a")])

    client.delete_row("jobs", sdk.Row([("job_id", "a")]), ANY)
    eventually(lambda: due(client), [])


def test_index_cannot_be_written(client: Any) -> None:
    make_jobs(client)
    key = [("shard", 0), ("due_at", 1), ("job_id", "a")]

    with pytest.raises(sdk.OTSServiceError) as failed:
        put(client, DUE_INDEX, key, state="x")

    assert code_of(failed) == (
        400,
        "OTSParameterInvalid",
        "Can't write index table directly.",
    )


def test_stale_index_fault_holds_reads_back(client: Any, cloud: Cloud) -> None:
    make_jobs(client)
    cloud.faults.add(
        {"service": "tablestore", "operation": "GetRange", "fault": "stale-index:3600"}
    )
    put(client, "jobs", [("job_id", "a")], shard=0, due_at=20)
    time.sleep(0.05)

    assert due(client) == []
    cloud.clock.advance(3601)
    assert due(client) == [(20, "a")]
    put(client, "jobs", [("job_id", "b")], shard=0, due_at=30)
    cloud.faults.clear()
    eventually(lambda: due(client), [(20, "a"), (30, "b")])


def test_index_made_later_takes_in_what_is_there_if_asked(client: Any) -> None:
    make_table(client, "t", [("k", "STRING")], defined=[("s", "STRING"), ("i", "INTEGER")])
    put(client, "t", [("k", "a")], s="x", i=1)
    client.create_secondary_index("t", sdk.SecondaryIndexMeta("without", ["s"], ["i"]), False)
    client.create_secondary_index("t", sdk.SecondaryIndexMeta("with_base", ["s"], ["i"]), True)

    def names(index: str) -> list[str]:
        low, high = [("s", LOW), ("k", LOW)], [("s", HIGH), ("k", HIGH)]
        rows = client.get_range(index, "FORWARD", low, high, max_version=1)[2]
        return [row.primary_key[1][1] for row in rows]

    assert (names("without"), names("with_base")) == ([], ["a"])
    client.delete_secondary_index("t", "without")
    assert [meta.index_name for meta in client.describe_table("t").secondary_indexes] == [
        "with_base"
    ]


def test_rows_and_index_log_survive_a_restart(
    cloud: Cloud, serve_in_thread: Serve, tmp_path: Any
) -> None:
    first = TablestoreService(cloud, index_lag=3600)
    client = make_client(serve_in_thread(first), cloud)
    make_jobs(client)
    put(client, "jobs", [("job_id", "a")], shard=0, due_at=20)
    assert due(client) == []

    del cloud.endpoints["tablestore"]
    again = make_client(serve_in_thread(TablestoreService(cloud)), cloud)

    eventually(lambda: due(again), [(20, "a")])
    assert again.get_row("jobs", [("job_id", "a")], max_version=1)[1] is not None


def test_cost_does_not_grow_with_the_table(client: Any) -> None:
    make_jobs(client)

    def seconds() -> float:
        best = 1.0
        for number in range(30):
            begin = time.perf_counter()
            put(client, "jobs", [("job_id", f"probe{number}")], shard=9, due_at=number)
            best = min(best, time.perf_counter() - begin)
        return best

    before = seconds()
    for batch in range(20):
        request = sdk.BatchWriteRowRequest()
        rows = [
            sdk.PutRowItem(
                sdk.Row(
                    [("job_id", os.urandom(8).hex())],
                    [("doc", "x" * 300), ("due_at", batch * 200 + i), ("shard", i % 8)],
                ),
                ANY,
            )
            for i in range(200)
        ]
        request.add(sdk.TableInBatchWriteRowItem("jobs", rows))
        client.batch_write_row(request)

    assert seconds() < before * 3 + 0.002
