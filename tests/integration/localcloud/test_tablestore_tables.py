"""The vendor's own SDK against the local Tablestore: tables, their options, life and versions."""

from __future__ import annotations

import asyncio
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


def test_search_indexes_that_a_client_asks_for_before_it_drops_a_table_are_none(
    client: Any,
) -> None:
    make_table(client, "plain", [("k", "STRING")])

    assert list(client.list_search_index("plain")) == []
    assert list(client.list_search_index("nothing")) == []


def test_asynchronous_client_writes_and_reads_side_by_side(client: Any, cloud: Cloud) -> None:
    make_table(client, "plain", [("k", "INTEGER")])
    who = cloud.identity
    keys = (who.access_key_id, who.access_key_secret, who.tablestore_instance)
    endpoint = cloud.endpoints["tablestore"]

    async def play() -> list[Any]:
        async with sdk.AsyncOTSClient(endpoint, *keys, region=who.region) as own:
            rows = [sdk.Row([("k", number)], [("n", number)]) for number in range(20)]
            await asyncio.gather(*(own.put_row("plain", row) for row in rows))
            reads = (own.get_row("plain", row.primary_key, max_version=1) for row in rows)
            return [row for _, row, _ in await asyncio.gather(*reads)]

    found = asyncio.run(play())

    assert [row.attribute_columns[0][1] for row in found] == list(range(20))


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


@pytest.mark.parametrize("life", [0, -2, 86399])
def test_rows_live_a_day_at_least_or_for_ever(client: Any, life: int) -> None:
    with pytest.raises(sdk.OTSServiceError) as failed:
        make_table(client, "plain", [("k", "STRING")], options=sdk.TableOptions(life, 1))

    assert code_of(failed)[:2] == (400, "OTSParameterInvalid")
    assert "TimeToLive" in code_of(failed)[2]


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
