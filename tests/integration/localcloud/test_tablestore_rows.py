"""The vendor's own SDK against the local Tablestore: single rows, conditions, ranges, batches."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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

TABLE = "jobs"
KEY = [("job_id", "a")]
ANY = sdk.Condition(sdk.RowExistenceExpectation.IGNORE)
EXISTS = sdk.Condition(sdk.RowExistenceExpectation.EXPECT_EXIST)
ABSENT = sdk.Condition(sdk.RowExistenceExpectation.EXPECT_NOT_EXIST)


@pytest.fixture(params=["V2", "V4"])
def client(
    request: pytest.FixtureRequest, cloud: Cloud, serve_in_thread: Callable[[Service], str]
) -> Any:
    """A client of a running service, and the table `jobs` with the key `job_id`."""
    endpoint = serve_in_thread(TablestoreService(cloud))
    client = make_client(endpoint, cloud, version=request.param)
    make_table(client, TABLE, [("job_id", "STRING")])
    return client


def read(client: Any, key: list[tuple[str, Any]], **options: Any) -> dict[str, Any] | None:
    """The row's columns, or None."""
    row = client.get_row(TABLE, key, max_version=1, **options)[1]
    return None if row is None else {name: value for name, value, _ in row.attribute_columns}


def single(column: str, value: Any, *, pass_if_missing: bool = False) -> Any:
    """A row that exists and whose column equals the value."""
    condition = sdk.SingleColumnCondition(
        column, value, sdk.ComparatorType.EQUAL, pass_if_missing=pass_if_missing
    )
    return sdk.Condition(sdk.RowExistenceExpectation.EXPECT_EXIST, condition)


def test_every_type_comes_back_as_it_was_put(client: Any) -> None:
    columns = [
        ("binary", bytearray(b"\0\xff")),
        ("double", 1.5),
        ("false", False),
        ("integer", -(2**63)),
        ("text", "作业 \0 x" + "y" * 9000),
        ("true", True),
    ]
    client.put_row(TABLE, sdk.Row(KEY, columns), ABSENT)

    row = client.get_row(TABLE, KEY, max_version=1)[1]

    assert row.primary_key == KEY
    assert [(name, value) for name, value, _ in row.attribute_columns] == columns


def test_a_missing_row_is_none_and_a_row_without_columns_is_not(client: Any) -> None:
    assert read(client, [("job_id", "nobody")]) is None

    client.put_row(TABLE, sdk.Row(KEY, []), ABSENT)

    assert read(client, KEY) == {}


def test_put_expecting_no_row_wins_once(client: Any) -> None:
    client.put_row(TABLE, sdk.Row(KEY, [("n", 1)]), ABSENT)

    with pytest.raises(sdk.OTSServiceError) as failed:
        client.put_row(TABLE, sdk.Row(KEY, [("n", 2)]), ABSENT)

    assert code_of(failed) == (403, "OTSConditionCheckFail", "Condition check failed.")
    assert read(client, KEY) == {"n": 1}


def test_update_puts_deletes_and_increments(client: Any) -> None:
    client.put_row(TABLE, sdk.Row(KEY, [("n", 1), ("err", "x"), ("state", "OLD")]), ABSENT)
    change = {"put": [("state", "NEW")], "increment": [("n", 2), ("m", 5)], "delete_all": ["err"]}

    client.update_row(TABLE, sdk.Row(KEY, change), EXISTS)

    assert read(client, KEY) == {"m": 5, "n": 3, "state": "NEW"}


def test_compare_and_set_is_won_once(client: Any) -> None:
    client.put_row(TABLE, sdk.Row(KEY, [("state", "QUEUED")]), ABSENT)
    change = sdk.Row(KEY, {"put": [("state", "RUNNING")]})
    client.update_row(TABLE, change, single("state", "QUEUED"))

    with pytest.raises(sdk.OTSServiceError) as failed:
        client.update_row(TABLE, change, single("state", "QUEUED"))

    assert code_of(failed)[1] == "OTSConditionCheckFail"


def test_condition_on_a_missing_column_passes_unless_it_may_not(client: Any) -> None:
    client.put_row(TABLE, sdk.Row(KEY, [("state", "QUEUED")]), ABSENT)
    change = sdk.Row(KEY, {"put": [("state", "RUNNING")]})

    client.update_row(TABLE, change, single("none", "x", pass_if_missing=True))
    with pytest.raises(sdk.OTSServiceError) as failed:
        client.update_row(TABLE, change, single("none", "x", pass_if_missing=False))

    assert code_of(failed)[1] == "OTSConditionCheckFail"


def test_composite_condition(client: Any) -> None:
    client.put_row(TABLE, sdk.Row(KEY, [("n", 5), ("state", "QUEUED")]), ABSENT)
    both = sdk.CompositeColumnCondition(sdk.LogicalOperator.AND)
    both.add_sub_condition(sdk.SingleColumnCondition("n", 4, sdk.ComparatorType.GREATER_THAN))
    neither = sdk.CompositeColumnCondition(sdk.LogicalOperator.NOT)
    neither.add_sub_condition(
        sdk.SingleColumnCondition("state", "QUEUED", sdk.ComparatorType.NOT_EQUAL)
    )
    both.add_sub_condition(neither)
    condition = sdk.Condition(sdk.RowExistenceExpectation.EXPECT_EXIST, both)

    client.update_row(TABLE, sdk.Row(KEY, {"put": [("n", 4)]}), condition)
    with pytest.raises(sdk.OTSServiceError) as failed:
        client.update_row(TABLE, sdk.Row(KEY, {"put": [("n", 3)]}), condition)

    assert code_of(failed)[1] == "OTSConditionCheckFail"


def test_update_that_only_deletes_makes_no_row(client: Any) -> None:
    client.update_row(TABLE, sdk.Row(KEY, {"delete_all": ["err"]}), ANY)

    assert read(client, KEY) is None


def test_delete_row(client: Any) -> None:
    client.put_row(TABLE, sdk.Row(KEY, [("n", 1)]), ABSENT)

    client.delete_row(TABLE, sdk.Row(KEY), single("n", 1))
    with pytest.raises(sdk.OTSServiceError) as failed:
        client.delete_row(TABLE, sdk.Row(KEY), EXISTS)

    assert code_of(failed)[1] == "OTSConditionCheckFail"
    assert read(client, KEY) is None


def test_columns_to_get_and_filter(client: Any) -> None:
    client.put_row(TABLE, sdk.Row(KEY, [("a", 1), ("b", 2)]), ABSENT)
    is_two = sdk.SingleColumnCondition("b", 2, sdk.ComparatorType.EQUAL, pass_if_missing=False)
    page = sdk.ColumnPaginationFilter if hasattr(sdk, "ColumnPaginationFilter") else None

    assert read(client, KEY, columns_to_get=["b"]) == {"b": 2}
    assert read(client, KEY, columns_to_get=["nothing"]) is None
    assert read(client, KEY, column_filter=is_two) == {"a": 1, "b": 2}
    assert read(client, KEY, columns_to_get=["a"], column_filter=is_two) is None
    assert page is None or read(client, KEY, column_filter=page(1, 1)) == {"b": 2}


def test_consumed_units(client: Any) -> None:
    plain, _ = client.put_row(TABLE, sdk.Row(KEY, [("t", "x" * 5000)]), ANY)
    conditional, _ = client.update_row(TABLE, sdk.Row(KEY, {"put": [("n", 1)]}), EXISTS)
    read_units = client.get_row(TABLE, KEY, max_version=1)[0]

    assert (plain.read, plain.write) == (0, 2)
    assert (conditional.read, conditional.write) == (1, 1)
    assert (read_units.read, read_units.write) == (2, 0)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (sdk.TableOptions(-1, 1), 1),
        (sdk.TableOptions(-1, 2), 2),
        (sdk.TableOptions(86400, 1), 2),
    ],
)
def test_version_numbers_weigh_only_where_there_are_versions_or_an_end(
    client: Any, options: Any, expected: int
) -> None:
    make_table(client, "weighed", [("k", "STRING")], options=options)
    row = sdk.Row([("k", "a")], [("c", "x" * (4096 - len("k" + "a" + "c")))])

    put_units = client.put_row("weighed", row, ANY)[0]
    get_units = client.get_row("weighed", row.primary_key, max_version=1)[0]
    start, end = [("k", sdk.INF_MIN)], [("k", sdk.INF_MAX)]
    range_units = client.get_range("weighed", "FORWARD", start, end, max_version=1)[0]

    assert (put_units.write, get_units.read, range_units.read) == (expected,) * 3


def test_table_without_rows_in_a_batch_of_reads_answers_with_none(client: Any) -> None:
    nothing = sdk.BatchGetRowRequest()
    nothing.add(sdk.TableInBatchGetRowItem(TABLE, [], [], None, 1))

    assert client.batch_get_row(nothing).get_result_by_table(TABLE) == []
    with pytest.raises(sdk.OTSServiceError) as failed:
        client.batch_get_row(sdk.BatchGetRowRequest())

    assert code_of(failed) == (
        400,
        "OTSParameterInvalid",
        "No row specified in the request of BatchGetRow.",
    )


def test_key_of_the_row_is_returned_on_request(client: Any) -> None:
    _, row = client.put_row(TABLE, sdk.Row(KEY, [("n", 1)]), ANY, sdk.ReturnType.RT_PK)

    assert row.primary_key == KEY


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ([("job", "a")], "Validate PK name fail. Input: job, Meta: job_id."),
        ([("job_id", "a"), ("n", 1)], "Validate PK size fail. Input: 2, Meta: 1."),
    ],
)
def test_wrong_keys_are_refused(client: Any, key: list[Any], message: str) -> None:
    with pytest.raises(sdk.OTSServiceError) as failed:
        client.get_row(TABLE, key, max_version=1)

    assert code_of(failed) == (400, "OTSInvalidPK", message)


def test_batch_write_and_get(client: Any) -> None:
    client.put_row(TABLE, sdk.Row([("job_id", "b")], [("n", 1)]), ABSENT)
    client.put_row(TABLE, sdk.Row([("job_id", "c")], [("n", 1)]), ABSENT)
    request = sdk.BatchWriteRowRequest()
    request.add(
        sdk.TableInBatchWriteRowItem(
            TABLE,
            [
                sdk.PutRowItem(sdk.Row(KEY, [("n", 7)]), ABSENT),
                sdk.UpdateRowItem(sdk.Row([("job_id", "b")], {"increment": [("n", 1)]}), EXISTS),
                sdk.DeleteRowItem(sdk.Row([("job_id", "c")]), EXISTS),
                sdk.PutRowItem(sdk.Row([("job_id", "d")], [("n", 1)]), EXISTS),
            ],
        )
    )
    answer = client.batch_write_row(request)
    keys = [[("job_id", name)] for name in "abcd"]
    wanted = sdk.BatchGetRowRequest()
    wanted.add(sdk.TableInBatchGetRowItem(TABLE, keys, [], None, 1))

    rows = client.batch_get_row(wanted).get_result_by_table(TABLE)

    assert [(item.is_ok, item.error_code) for item in answer.get_put()[1]] == [
        (False, "OTSConditionCheckFail")
    ]
    assert [row.row and row.row.attribute_columns[0][1] for row in rows] == [7, 2, None, None]


def test_one_of_many_racing_writers_wins_and_none_is_lost(client: Any) -> None:
    client.put_row(TABLE, sdk.Row(KEY, [("n", 0), ("owner", "nobody")]), ABSENT)

    def take(name: str) -> int:
        for _ in range(5):
            client.update_row(TABLE, sdk.Row(KEY, {"increment": [("n", 1)]}), EXISTS)
        try:
            claim = sdk.Row(KEY, {"put": [("owner", name)]})
            client.update_row(TABLE, claim, single("owner", "nobody"))
        except sdk.OTSServiceError as error:
            if error.code != "OTSConditionCheckFail":
                raise
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        winners = sum(pool.map(take, "abcdefgh"))

    row = read(client, KEY)
    assert row is not None
    assert (winners, row["n"]) == (1, 40)
