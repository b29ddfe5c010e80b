"""The vendor's own SDK against the local Tablestore: tables, ranges, secondary indexes, life."""

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
    code_of,
    make_client,
    make_table,
    sdk,
)

ANY = sdk.Condition(sdk.RowExistenceExpectation.IGNORE)
LOW, HIGH = sdk.INF_MIN, sdk.INF_MAX
DUE_INDEX = "jobs_due"
Serve = Callable[[Service], str]


@pytest.fixture
def client(cloud: Cloud, serve_in_thread: Serve) -> Any:
    """A client of a running service without tables."""
    return make_client(serve_in_thread(TablestoreService(cloud)), cloud)


def make_jobs(client: Any, **options: Any) -> None:
    """A table of jobs with an index on when they are due."""
    make_table(
        client,
        "jobs",
        [("job_id", "STRING")],
        defined=[("shard", "INTEGER"), ("due_at", "INTEGER"), ("state", "STRING")],
        indexes=[sdk.SecondaryIndexMeta(DUE_INDEX, ["shard", "due_at"], ["state"])],
        **options,
    )


def put(client: Any, table: str, key: list[tuple[str, Any]], **columns: Any) -> None:
    """Put a row whatever is there."""
    client.put_row(table, sdk.Row(key, sorted(columns.items())), ANY)


def due_span(shard: int) -> tuple[list[Any], list[Any]]:
    """Everything of a shard."""
    return (
        [("shard", shard), ("due_at", LOW), ("job_id", LOW)],
        [("shard", shard), ("due_at", HIGH), ("job_id", HIGH)],
    )


def due(client: Any, shard: int = 0) -> list[tuple[Any, ...]]:
    """The index's entries of a shard: due_at, job id and columns."""
    start, end = due_span(shard)
    rows = client.get_range(DUE_INDEX, sdk.Direction.FORWARD, start, end, [], 100, max_version=1)[2]
    return [
        (row.primary_key[1][1], row.primary_key[2][1], *(c[1] for c in row.attribute_columns))
        for row in rows
    ]


def eventually(read: Callable[[], Any], expected: Any) -> None:
    """Poll for a second: a global index is asynchronous."""
    deadline = time.monotonic() + 5
    while (found := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.005)
    assert found == expected


# --- tables ---------------------------------------------------------------------------------


def test_table_is_described_as_it_was_made(client: Any) -> None:
    make_jobs(client)

    described = client.describe_table("jobs")

    assert described.table_meta.schema_of_primary_key == [("job_id", "STRING")]
    assert described.table_meta.defined_columns == [
        ("shard", "INTEGER"),
        ("due_at", "INTEGER"),
        ("state", "STRING"),
    ]
    assert described.table_options.time_to_live == -1
    assert described.table_options.max_version == 1
    assert described.secondary_indexes[0].index_name == DUE_INDEX
    assert described.secondary_indexes[0].primary_key_names == ["shard", "due_at"]
    assert sorted(client.list_table()) == ["jobs", DUE_INDEX]


def test_table_is_made_once_and_gone_when_deleted(client: Any) -> None:
    make_jobs(client)
    with pytest.raises(sdk.OTSServiceError) as taken:
        make_jobs(client)

    client.delete_table("jobs")
    with pytest.raises(sdk.OTSServiceError) as gone:
        client.describe_table("jobs")

    assert code_of(taken) == (409, "OTSObjectAlreadyExist", "Requested table already exists.")
    assert code_of(gone) == (404, "OTSObjectNotExist", "Requested table does not exist.")
    assert list(client.list_table()) == []


def test_failed_creation_leaves_nothing(client: Any) -> None:
    bad = sdk.SecondaryIndexMeta("by_nothing", ["nothing"], [])

    with pytest.raises(sdk.OTSServiceError) as failed:
        make_table(client, "jobs", [("job_id", "STRING")], indexes=[bad])

    assert code_of(failed)[1] == "OTSParameterInvalid"
    assert list(client.list_table()) == []


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ([("a", "STRING"), ("a", "INTEGER")], "Duplicated primary key name: 'a'."),
        (
            [(name, "STRING") for name in "abcde"],
            "The number of primary key columns must be in range: [1, 4].",
        ),
    ],
)
def test_impossible_keys_are_refused(client: Any, key: list[Any], message: str) -> None:
    with pytest.raises(sdk.OTSServiceError) as failed:
        make_table(client, "jobs", key)

    assert code_of(failed) == (400, "OTSParameterInvalid", message)


def test_options_are_updated(client: Any) -> None:
    make_table(client, "plain", [("k", "STRING")])

    client.update_table("plain", sdk.TableOptions(1200000, 3, 86402))

    options = client.describe_table("plain").table_options
    assert (options.time_to_live, options.max_version) == (1200000, 3)


def test_index_and_end_of_life_exclude_each_other_where_rows_are_updated(client: Any) -> None:
    with pytest.raises(sdk.OTSServiceError) as failed:
        make_jobs(client, options=sdk.TableOptions(86400, 1))
    make_jobs(client, options=sdk.TableOptions(86400, 1, allow_update=False))

    put(client, "jobs", [("job_id", "a")], shard=0, due_at=1)
    with pytest.raises(sdk.OTSServiceError) as updated:
        client.update_row("jobs", sdk.Row([("job_id", "a")], {"put": [("due_at", 2)]}), ANY)

    assert code_of(failed) == (
        400,
        "OTSParameterInvalid",
        "Don't support allow update operation on table with index and ttl",
    )
    assert code_of(updated)[1] == "OTSParameterInvalid"


def test_rows_expire(client: Any, cloud: Cloud) -> None:
    make_table(client, "short", [("k", "STRING")], options=sdk.TableOptions(86400, 1))
    put(client, "short", [("k", "a")], n=1)
    put(client, "short", [("k", "bare")])

    cloud.clock.advance(86500)

    assert client.get_row("short", [("k", "a")], max_version=1)[1] is None
    rows = client.get_range("short", "FORWARD", [("k", LOW)], [("k", HIGH)], max_version=1)[2]
    assert rows == []


def test_versions(client: Any) -> None:
    make_table(client, "old", [("k", "STRING")], options=sdk.TableOptions(-1, 2))
    now = int(time.time() * 1000)
    for stamp in (now - 3000, now - 1000, now - 2000):
        client.put_row("old", sdk.Row([("k", str(stamp))], [("n", 1, stamp)]), ANY)
        client.update_row("old", sdk.Row([("k", "a")], {"put": [("n", stamp, stamp)]}), ANY)

    def read(**selection: Any) -> list[int]:
        row = client.get_row("old", [("k", "a")], **selection)[1]
        return [] if row is None else [stamp for _, _, stamp in row.attribute_columns]

    assert read(max_version=5) == [now - 1000, now - 2000]
    assert read(max_version=1) == [now - 1000]
    assert read(max_version=None, time_range=(now - 2500, now - 1500)) == [now - 2000]
    client.update_row("old", sdk.Row([("k", "a")], {"delete": [("n", None, now - 1000)]}), ANY)
    assert read(max_version=5) == [now - 2000]


def test_auto_increment_counts_up(client: Any) -> None:
    make_table(client, "log", [("day", "STRING"), ("n", "INTEGER", sdk.PK_AUTO_INCR)])

    keys = [
        client.put_row(
            "log",
            sdk.Row([("day", "x"), ("n", sdk.PK_AUTO_INCR)], [("v", 1)]),
            ANY,
            sdk.ReturnType.RT_PK,
        )[1].primary_key
        for _ in range(3)
    ]

    numbers = [key[1][1] for key in keys]
    assert numbers == sorted(set(numbers))


# --- ranges ---------------------------------------------------------------------------------


def fill(client: Any) -> list[list[tuple[str, Any]]]:
    """Rows whose order is neither that of their text nor of their writing."""
    make_table(client, "grid", [("a", "STRING"), ("n", "INTEGER")])
    keys = [[("a", a), ("n", n)] for a in ("", "a", "a\0", "ab", "é") for n in (-5, 0, 7)]
    for key in reversed(keys):
        put(client, "grid", key, sum=key[1][1])
    return keys


def walk(client: Any, direction: str, start: list[Any], end: list[Any], limit: int) -> list[Any]:
    """Every key of a range, page by page."""
    keys: list[Any] = []
    following: Any = start
    while following is not None:
        _, following, rows, _ = client.get_range(
            "grid", direction, following, end, [], limit, max_version=1
        )
        assert len(rows) <= limit
        keys += [row.primary_key for row in rows]
    return keys


@pytest.mark.parametrize("limit", [1, 4, 15, 100])
def test_range_forward_and_backward(client: Any, limit: int) -> None:
    keys = fill(client)
    low, high = [("a", LOW), ("n", LOW)], [("a", HIGH), ("n", HIGH)]

    assert walk(client, "FORWARD", low, high, limit) == keys
    assert walk(client, "BACKWARD", high, low, limit) == keys[::-1]
    assert walk(client, "FORWARD", keys[3], keys[9], limit) == keys[3:9]
    assert walk(client, "BACKWARD", keys[9], keys[3], limit) == keys[9:3:-1]


def test_range_within_one_partition(client: Any) -> None:
    keys = fill(client)

    found = walk(client, "FORWARD", [("a", "a"), ("n", LOW)], [("a", "a"), ("n", HIGH)], 10)

    assert found == keys[3:6]


def test_range_with_filter(client: Any) -> None:
    fill(client)
    low, high = [("a", LOW), ("n", LOW)], [("a", HIGH), ("n", HIGH)]
    seven = sdk.SingleColumnCondition("sum", 7, sdk.ComparatorType.EQUAL, pass_if_missing=False)

    rows = client.get_range(
        "grid", "FORWARD", low, high, [], 100, column_filter=seven, max_version=1
    )[2]

    assert [row.primary_key[1][1] for row in rows] == [7] * 5


@pytest.mark.parametrize(
    ("direction", "limit", "message"),
    [
        ("FORWARD", 10, "Begin key must less than end key in FORWARD"),
        ("BACKWARD", 10, "Begin key must more than end key in BACKWARD"),
        ("FORWARD", 0, "The limit must be greater than 0."),
    ],
)
def test_impossible_ranges_are_refused(
    client: Any, direction: str, limit: int, message: str
) -> None:
    make_table(client, "one", [("k", "STRING")])

    with pytest.raises(sdk.OTSServiceError) as failed:
        client.get_range("one", direction, [("k", "a")], [("k", "a")], [], limit, max_version=1)

    assert code_of(failed) == (400, "OTSParameterInvalid", message)


def test_page_ends_at_four_megabytes(client: Any) -> None:
    make_table(client, "big", [("k", "INTEGER")])
    for number in range(12):
        put(client, "big", [("k", number)], blob="x" * 500_000)

    _, following, rows, _ = client.get_range(
        "big", "FORWARD", [("k", LOW)], [("k", HIGH)], max_version=1
    )

    assert following == [("k", len(rows))]
    assert len(rows) == 9


# --- indexes --------------------------------------------------------------------------------


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


# --- what outlives what ---------------------------------------------------------------------


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
