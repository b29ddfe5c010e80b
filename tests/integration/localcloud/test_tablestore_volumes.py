"""What the ledger says that requests moved: rows fetched, capacity units as billed."""

from __future__ import annotations

from scripts.localcloud.services.tablestore import messages
from scripts.localcloud.services.tablestore.responses import consumed_units


def consumed(read: int, write: int) -> object:
    return messages.new("ConsumedCapacity", capacity_unit={"read": read, "write": write})


def test_units_of_a_single_row() -> None:
    answer = messages.new("PutRowResponse", consumed=consumed(0, 2))

    assert consumed_units(answer) == (0, 2)


def test_units_of_a_batch_are_those_of_its_rows() -> None:
    rows = [{"is_ok": True, "consumed": consumed(units, 0)} for units in (1, 3)]
    answer = messages.new("BatchGetRowResponse", tables=[{"table_name": "jobs", "rows": rows}])

    assert consumed_units(answer) == (4, 0)


def test_what_has_no_rows_consumes_nothing() -> None:
    assert consumed_units(messages.new("CreateTableResponse")) == (0, 0)
