"""The vendor's own SDK against the local Tablestore: ranges in both directions, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.services.tablestore.service import TablestoreService
from tests.integration.localcloud.tablestore_client import (
    HIGH,
    LOW,
    code_of,
    make_client,
    make_table,
    put,
    sdk,
)

Serve = Callable[[Service], str]


@pytest.fixture
def client(cloud: Cloud, serve_in_thread: Serve) -> Any:
    """A client of a running service without tables."""
    return make_client(serve_in_thread(TablestoreService(cloud)), cloud)


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
