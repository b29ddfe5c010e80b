"""The vendor's Tablestore client as the tests use it: no retries, no native code, quiet."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from scripts.localcloud.core.context import Cloud

logging.getLogger("tablestore").setLevel(logging.CRITICAL)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ImportWarning)  # its native half exists for 3.12 only
    import tablestore as sdk

__all__ = [
    "ANY",
    "DUE_INDEX",
    "HIGH",
    "LOW",
    "code_of",
    "due",
    "eventually",
    "make_client",
    "make_jobs",
    "make_table",
    "put",
    "sdk",
]

ANY = sdk.Condition(sdk.RowExistenceExpectation.IGNORE)
LOW, HIGH = sdk.INF_MIN, sdk.INF_MAX
DUE_INDEX = "jobs_due"


class NoRetry(sdk.RetryPolicy):  # type: ignore[misc]  # the SDK ships no types
    """Every answer counts, the first one."""

    def get_retry_delay(self, *_: Any) -> float:
        """No delay, as there is no retry."""
        return 0.0

    def should_retry(self, *_: Any) -> bool:
        """Never."""
        return False


def make_client(endpoint: str, cloud: Cloud, *, version: str = "V4", **options: Any) -> Any:
    """A client of the account, which signs by V2 or V4."""
    identity = cloud.identity
    options.setdefault("region", identity.region if version == "V4" else None)
    return sdk.OTSClient(
        endpoint,
        options.pop("access_key_id", identity.access_key_id),
        options.pop("access_key_secret", identity.access_key_secret),
        options.pop("instance", identity.tablestore_instance),
        enable_native=False,
        retry_policy=NoRetry(),
        logger_name="tablestore.tests",
        **options,
    )


def make_table(
    client: Any,
    name: str,
    key: list[tuple[Any, ...]],
    *,
    defined: list[tuple[str, str]] | None = None,
    indexes: list[Any] | None = None,
    options: Any = None,
) -> None:
    """Create a table with no reserved units."""
    client.create_table(
        sdk.TableMeta(name, key, defined or []),
        options or sdk.TableOptions(),
        sdk.ReservedThroughput(sdk.CapacityUnit(0, 0)),
        indexes or [],
    )


def code_of(failed: pytest.ExceptionInfo[Any]) -> tuple[int, str, str]:
    """Status, code and sentence of a service error."""
    error = failed.value
    return error.http_status, error.code, error.message


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
