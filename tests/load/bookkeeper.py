"""The third client: rows through the vendor's `tablestore`."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import urllib3

from tests.integration.localcloud.tablestore_client import ANY, HIGH, LOW, NoRetry, sdk
from tests.load.cast import Setting
from tests.load.knowledge import Knowledge
from tests.load.tally import UNANSWERED, RefusedError, UnansweredError

TABLE: Final = "load"
ROWS: Final = 800
BATCH: Final = 10
Value = int
"""A row is known by its one column `value`."""
_NO_ANSWER: Final = (sdk.OTSClientError, urllib3.exceptions.HTTPError)
"""The SDK lets through what its HTTP library raises."""


class Bookkeeper:
    """Knows the value of every row of its table."""

    name = "bookkeeper (tablestore)"
    expected = frozenset(
        {
            "tablestore.CreateTable OTSObjectAlreadyExist",
            "tablestore.UpdateRow OTSConditionCheckFail",
            "tablestore.PutRow OTSConditionCheckFail",
        }
    )

    def __init__(self, setting: Setting, seed: int) -> None:
        self._tally = setting.tally
        self._dice = random.Random(seed)
        told = setting.description
        self._client = sdk.OTSClient(
            told["tablestore_endpoint"],
            told["access_key_id"],
            told["access_key_secret"],
            told["tablestore_instance"],
            enable_native=False,
            retry_policy=NoRetry(),
            logger_name="tablestore.tests",
            region=told["region"],
        )
        self._knows: Knowledge[Value] = Knowledge()
        self._steps: list[tuple[int, Callable[[], None]]] = [
            (25, self._put),
            (25, self._get),
            (15, self._raise),
            (8, self._delete),
            (8, self._write_batch),
            (8, self._read_batch),
            (8, self._read_range),
            (3, self._put_new),
        ]
        self._make_table()

    def step(self) -> None:
        """One call."""
        weights = [weight for weight, _ in self._steps]
        self._dice.choices([step for _, step in self._steps], weights)[0]()

    def verify(self) -> None:
        """Every row is what it was acknowledged to be, and no other is there."""
        rows = self._range(LOW, HIGH, ROWS * 2)
        for name in set(self._knows.names()) | set(rows):
            self._found(name, rows.get(name))

    def close(self) -> None:
        """The SDK keeps its connections to itself."""

    def _make_table(self) -> None:
        meta = sdk.TableMeta(TABLE, [("id", "STRING")], [("value", "INTEGER")])
        throughput = sdk.ReservedThroughput(sdk.CapacityUnit(0, 0))
        index = sdk.SecondaryIndexMeta(f"{TABLE}_by_value", ["value"], [])
        self._call(
            "tablestore.CreateTable",
            lambda: self._client.create_table(meta, sdk.TableOptions(), throughput, [index]),
        )

    # --- calls ------------------------------------------------------------------------------

    def _put(self) -> None:
        name, value = self._name(), self._value()
        row = sdk.Row([("id", name)], [("value", value), ("text", "x" * (value % 2000))])
        self._write(name, value, "tablestore.PutRow", lambda: self._client.put_row(TABLE, row, ANY))

    def _put_new(self) -> None:
        name, value = self._name(), self._value()
        row = sdk.Row([("id", name)], [("value", value)])
        absent = sdk.Condition(sdk.RowExistenceExpectation.EXPECT_NOT_EXIST)
        possible = self._knows.possible(name)
        try:
            self._write(
                name, value, "tablestore.PutRow", lambda: self._client.put_row(TABLE, row, absent)
            )
        except RefusedError:
            if possible == {None}:
                self._tally.say_wrong(f"tablestore: {name} is said to be there")

    def _raise(self) -> None:
        """A conditional update of what was read, as the pipeline does it."""
        name, value = self._name(), self._value()
        known = self._knows.known(name)
        condition = sdk.Condition(
            sdk.RowExistenceExpectation.EXPECT_EXIST,
            sdk.SingleColumnCondition(
                "value", known or 0, sdk.ComparatorType.EQUAL, pass_if_missing=False
            ),
        )
        row = sdk.Row([("id", name)], {"PUT": [("value", value)]})
        was_certain = self._knows.certain(name)
        try:
            self._write(
                name,
                value,
                "tablestore.UpdateRow",
                lambda: self._client.update_row(TABLE, row, condition),
            )
        except RefusedError:
            if was_certain and known is not None:
                self._tally.say_wrong(f"tablestore: {name} is not {known}, as was acknowledged")

    def _delete(self) -> None:
        name = self._name()
        row = sdk.Row([("id", name)])
        self._write(
            name, None, "tablestore.DeleteRow", lambda: self._client.delete_row(TABLE, row, ANY)
        )

    def _get(self) -> None:
        name = self._name()
        row = self._call(
            "tablestore.GetRow",
            lambda: self._client.get_row(TABLE, [("id", name)], max_version=1),
        )[1]
        self._found(name, _value_of(row))

    def _write_batch(self) -> None:
        names = sorted({self._name() for _ in range(BATCH)})
        value = self._value()
        items = [sdk.PutRowItem(sdk.Row([("id", n)], [("value", value)]), ANY) for n in names]
        request = sdk.BatchWriteRowRequest()
        request.add(sdk.TableInBatchWriteRowItem(TABLE, items))
        try:
            answer = self._call(
                "tablestore.BatchWriteRow", lambda: self._client.batch_write_row(request)
            )
        except UnansweredError:
            for name in names:
                self._knows.may_have_written(name, value)
            raise
        for name, item in zip(names, answer.get_put_by_table(TABLE), strict=True):
            if item.is_ok:
                self._knows.wrote(name, value)
            else:
                self._tally.say_wrong(f"tablestore: {name} in a batch: {item.error_code}")

    def _read_batch(self) -> None:
        names = sorted({self._name() for _ in range(BATCH)})
        request = sdk.BatchGetRowRequest()
        request.add(sdk.TableInBatchGetRowItem(TABLE, [[("id", n)] for n in names], None, None, 1))
        answer = self._call("tablestore.BatchGetRow", lambda: self._client.batch_get_row(request))
        for name, item in zip(names, answer.get_result_by_table(TABLE), strict=True):
            self._found(name, _value_of(item.row))

    def _read_range(self) -> None:
        first = self._name()
        rows = self._range(first, HIGH, 50)
        for name, value in rows.items():
            self._found(name, value)

    # --- what is known ----------------------------------------------------------------------

    def _range(self, first: Any, last: Any, most: int) -> dict[str, Value | None]:
        rows: dict[str, Value | None] = {}
        start: Any = [("id", first)]
        while start and len(rows) < most:
            begin = start
            _, start, page, _ = self._call(
                "tablestore.GetRange",
                lambda begin=begin: self._client.get_range(  # type: ignore[misc]  # mypy infers no default
                    TABLE, sdk.Direction.FORWARD, begin, [("id", last)], [], 50, max_version=1
                ),
            )
            rows |= {row.primary_key[0][1]: _value_of(row) for row in page}
        return rows

    def _found(self, name: str, value: Value | None) -> None:
        possible = self._knows.possible(name)
        if not self._knows.read(name, value):
            self._tally.say_wrong(f"tablestore: {name} is {value}, not one of {set(possible)}")

    def _write(
        self, name: str, value: Value | None, operation: str, call: Callable[[], Any]
    ) -> None:
        try:
            self._call(operation, call)
        except UnansweredError:
            self._knows.may_have_written(name, value)
            raise
        self._knows.wrote(name, value)

    def _call(self, operation: str, call: Callable[[], Any]) -> Any:
        return self._tally.attempt(operation, call, _code)

    def _name(self) -> str:
        return f"row-{self._dice.randrange(ROWS):04}"

    def _value(self) -> int:
        return self._dice.randrange(2**40)


def _value_of(row: Any) -> Value | None:
    if row is None:
        return None
    return next((int(column[1]) for column in row.attribute_columns if column[0] == "value"), None)


def _code(error: BaseException) -> str | None:
    if isinstance(error, sdk.OTSServiceError):
        return str(error.code) if error.code else UNANSWERED
    return UNANSWERED if isinstance(error, _NO_ANSWER) else None
