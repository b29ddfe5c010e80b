"""What is too much for the local Tablestore."""

from __future__ import annotations

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
EXISTS = sdk.Condition(sdk.RowExistenceExpectation.EXPECT_EXIST)
KEY = [("k", "a")]
Serve = Callable[[Service], str]


@pytest.fixture
def endpoint(cloud: Cloud, serve_in_thread: Serve) -> str:
    """A running service with the table `t`."""
    endpoint = serve_in_thread(TablestoreService(cloud))
    make_table(make_client(endpoint, cloud), "t", [("k", "STRING")])
    return endpoint


@pytest.fixture
def client(endpoint: str, cloud: Cloud) -> Any:
    """The account's own client."""
    return make_client(endpoint, cloud)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            [(f"c{number}", 1) for number in range(1025)],
            (
                "The number of attribute columns exceeds the limit, limit count: 1024,"
                " column count: 1025."
            ),
        ),
        (
            [("long", "x" * (2 * 1024 * 1024 + 1))],
            (
                "The length of attribute column: 'long' exceeds the MaxLength: 2097152 with"
                " CurrentLength: 2097153."
            ),
        ),
        ([("double", float("nan"))], "NaN can't be set to double value."),
    ],
)
def test_columns_beyond_the_limits(client: Any, columns: list[Any], message: str) -> None:
    with pytest.raises(sdk.OTSServiceError) as failed:
        client.put_row("t", sdk.Row(KEY, columns), ANY)

    assert code_of(failed) == (400, "OTSParameterInvalid", message)


def test_key_longer_than_a_kilobyte(client: Any) -> None:
    client.put_row("t", sdk.Row([("k", "x" * 1024)], []), ANY)

    with pytest.raises(sdk.OTSServiceError) as failed:
        client.put_row("t", sdk.Row([("k", "x" * 1025)], []), ANY)

    assert code_of(failed)[1] == "OTSParameterInvalid"


def batch(count: int, size: int = 1, *, same: bool = False, condition: Any = ANY) -> Any:
    """A batch of puts."""
    request = sdk.BatchWriteRowRequest()
    rows = [
        sdk.PutRowItem(
            sdk.Row([("k", "same" if same else str(number))], [("v", "x" * size)]), condition
        )
        for number in range(count)
    ]
    request.add(sdk.TableInBatchWriteRowItem("t", rows))
    return request


@pytest.mark.parametrize(
    ("request_of", "message"),
    [
        (lambda: batch(201), "Rows count exceeds the upper limit: 200."),
        (lambda: batch(0), "No operation is specified for table: 't'."),
        (
            lambda: batch(3, 1_500_000),
            (
                "The total data size of BatchWriteRow request exceeds the limit,"
                " limit size: 4194304, data size: 4500009."
            ),
        ),
        (
            lambda: batch(2, same=True, condition=EXISTS),
            "Repeated rows do not support row exist expectation check in BatchModify.",
        ),
    ],
)
def test_batches_beyond_the_limits(
    client: Any, request_of: Callable[[], Any], message: str
) -> None:
    with pytest.raises(sdk.OTSServiceError) as failed:
        client.batch_write_row(request_of())

    assert code_of(failed) == (400, "OTSParameterInvalid", message)


def test_body_beyond_five_megabytes(client: Any) -> None:
    with pytest.raises(sdk.OTSServiceError) as failed:
        client.batch_write_row(batch(4, 1_500_000))

    assert code_of(failed)[:2] == (413, "OTSRequestBodyTooLarge")


def test_columns_to_get_beyond_the_limit(client: Any) -> None:
    names = [f"c{number}" for number in range(129)]

    with pytest.raises(sdk.OTSServiceError) as failed:
        client.get_row("t", KEY, names, max_version=1)

    assert code_of(failed)[1] == "OTSParameterInvalid"


def test_unknown_operations_are_named(client: Any) -> None:
    with pytest.raises(sdk.OTSServiceError) as failed:
        client.start_local_transaction("t", KEY)

    assert code_of(failed) == (
        400,
        "OTSParameterInvalid",
        "Unsupported operation: 'StartLocalTransaction'.",
    )
