"""One table's rows, as plain dictionaries: the few calls of the SDK that the stores need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from shared.adapters.tablestore.errors import SilenceError, translated
from shared.adapters.tablestore.sdk import Key, tablestore
from shared.ports.errors import UnavailableError

Columns = dict[str, Any]

_BATCH: Final = 100
"""The most rows that one BatchGetRow takes (contracts/alibaba-cloud.md, 6.2)."""

_READ_TRIES: Final = 3
"""A dropped connection makes a read try again at once; writes are the caller's to judge."""


class Table:
    """Reads and conditional writes of one table with a single STRING key column."""

    def __init__(self, client: Any, name: str, key: str) -> None:
        self._client = client
        self._name = name
        self._key = key

    def get(self, value: str) -> Columns | None:
        """The row's columns, or None."""
        _, row, _ = self._read("GetRow", "get_row", self._name, [(self._key, value)], max_version=1)
        return None if row is None else _columns(row)

    def get_many(self, values: Sequence[str]) -> list[Columns]:
        """Those of the rows that exist, a hundred at a time."""
        found: list[Columns] = []
        each = list(dict.fromkeys(values))
        for start in range(0, len(each), _BATCH):
            found += self._batch(each[start : start + _BATCH])
        return found

    def _batch(self, values: Sequence[str]) -> list[Columns]:
        keys = [[(self._key, value)] for value in values]
        request = tablestore.BatchGetRowRequest()
        request.add(tablestore.TableInBatchGetRowItem(self._name, keys, max_version=1))
        answer = self._read("BatchGetRow", "batch_get_row", request)
        items = answer.get_result_by_table(self._name) or []
        failed = [item for item in items if not item.is_ok]
        if failed:
            raise UnavailableError(f"Tablestore BatchGetRow {self._name}: {failed[0].error_code}")
        return [_columns(item.row) for item in items if item.row is not None]

    def insert(self, value: str, columns: Mapping[str, Any]) -> None:
        """Put a row that must not exist yet."""
        self._put(value, columns, tablestore.RowExistenceExpectation.EXPECT_NOT_EXIST)

    def overwrite(self, value: str, columns: Mapping[str, Any]) -> None:
        """Put a row in the place of one that must exist."""
        self._put(value, columns, tablestore.RowExistenceExpectation.EXPECT_EXIST)

    def _put(self, value: str, columns: Mapping[str, Any], expectation: str) -> None:
        row = tablestore.Row([(self._key, value)], list(columns.items()))
        with translated(f"PutRow {self._name}"):
            self._client.put_row(self._name, row, tablestore.Condition(expectation))

    def update(
        self,
        value: str,
        columns: Mapping[str, Any],
        *,
        expected: Columns,
        remove: Sequence[str] = (),
    ) -> None:
        """Write and remove columns if every *expected* column has its value; others stay."""
        changes: dict[str, Any] = {"put": list(columns.items())}
        if remove:
            changes["delete_all"] = list(remove)
        self._change(value, changes, _all_equal(expected))

    def delete(self, value: str, *, expected: Columns) -> None:
        """Remove a row if every *expected* column has its value."""
        condition = tablestore.Condition(
            tablestore.RowExistenceExpectation.EXPECT_EXIST, _all_equal(expected)
        )
        row = tablestore.Row([(self._key, value)])
        with translated(f"DeleteRow {self._name}"):
            self._client.delete_row(self._name, row, condition)

    def increment(self, value: str, column: str) -> None:
        """Add one to a column of a row that exists."""
        self._change(value, {"increment": [(column, 1)]}, None)

    def _change(self, value: str, changes: Mapping[str, Any], when: Any) -> None:
        condition = tablestore.Condition(tablestore.RowExistenceExpectation.EXPECT_EXIST, when)
        row = tablestore.Row([(self._key, value)], dict(changes))
        with translated(f"UpdateRow {self._name}"):
            self._client.update_row(self._name, row, condition)

    def range(
        self, name: str, start: Key, end: Key, *, limit: int, newest_first: bool = False
    ) -> tuple[list[Columns], list[tuple[str, Any]] | None]:
        """At most *limit* rows of a table or an index, and where the next page starts.

        *start* belongs to the range, *end* does not; backwards, *start* is the greater one.
        """
        direction = tablestore.Direction.BACKWARD if newest_first else tablestore.Direction.FORWARD
        _, following, rows, _ = self._read(
            "GetRange", "get_range", name, direction, start, end, limit=limit, max_version=1
        )
        return [_columns(row) for row in rows], following or None

    def _read(self, api: str, method: str, *arguments: Any, **options: Any) -> Any:
        call = partial(getattr(self._client, method), *arguments, **options)
        for left in reversed(range(_READ_TRIES)):
            try:
                with translated(f"{api} {self._name}"):
                    return call()
            except UnavailableError as error:  # noqa: PERF203 - three tries
                if not left or isinstance(error, SilenceError):
                    raise
        raise AssertionError("unreachable: the last try returns or raises")


def _columns(row: Any) -> Columns:
    key = {name: value for name, value, *_ in row.primary_key}
    return {**key, **{name: value for name, value, *_ in row.attribute_columns}}


def _all_equal(expected: Columns) -> Any:
    parts = [
        tablestore.SingleColumnCondition(
            name, value, tablestore.ComparatorType.EQUAL, pass_if_missing=False
        )
        for name, value in expected.items()
    ]
    if len(parts) == 1:
        return parts[0]
    both = tablestore.CompositeColumnCondition(tablestore.LogicalOperator.AND)
    for part in parts:
        both.add_sub_condition(part)
    return both
