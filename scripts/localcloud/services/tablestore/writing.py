"""Writes: the condition, what the row becomes, and what the writer gets to see of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from scripts.localcloud.services.tablestore.exceptions import (
    ConditionCheckFailError,
    ParameterInvalidError,
)
from scripts.localcloud.services.tablestore.filters import Filter, Page
from scripts.localcloud.services.tablestore.plainbuffer import Cell, Key, Row
from scripts.localcloud.services.tablestore.records import (
    STAMP_BYTES,
    Record,
    put_record,
    update_record,
)
from scripts.localcloud.services.tablestore.schema import Options
from scripts.localcloud.services.tablestore.values import size_of


class Kind(IntEnum):
    """The three writes, by their number in a batch."""

    PUT = 1
    UPDATE = 2
    DELETE = 3


class Existence(IntEnum):
    """What a writer expects of the row."""

    IGNORE = 0
    EXPECT_EXIST = 1
    EXPECT_NOT_EXIST = 2


class Returned(IntEnum):
    """What a writer wants back."""

    NOTHING = 0
    PRIMARY_KEY = 1
    AFTER_MODIFY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write as it was asked for."""

    table: str
    kind: Kind
    row: Row
    existence: Existence = Existence.IGNORE
    condition: Filter | None = None
    returned: Returned = Returned.NOTHING
    returned_columns: tuple[str, ...] = ()

    def is_conditional(self) -> bool:
        """Whether the row has to be read to know if it may be written."""
        return self.existence is not Existence.IGNORE or self.condition is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a write consumed and returns."""

    read_units: int
    write_units: int
    row: Row | None = None


def check_write(write: Write) -> None:
    """The parts of a write that make no sense together.

    Raises:
        ParameterInvalidError: it has some.
    """
    if write.kind is Kind.DELETE and write.row.cells:
        raise ParameterInvalidError("Invalid delete row request: unexpected cells in request.")
    if write.kind is not Kind.DELETE and write.row.deleted:
        raise ParameterInvalidError(
            "Invalid request of put/update row: unexpected RowDeleteMarker in request."
        )
    if write.kind is Kind.UPDATE and not write.row.cells:
        raise ParameterInvalidError("Invalid update row request: missing cells in request.")
    if isinstance(write.condition, Page):
        raise ParameterInvalidError("Invalid condition: ColumnPaginationFilter is for reads.")


def check_condition(write: Write, key: Key, record: Record | None) -> None:
    """Compare the row with the writer's expectation.

    Raises:
        ConditionCheckFailError: they differ.
    """
    if write.existence is Existence.EXPECT_EXIST and record is None:
        raise ConditionCheckFailError
    if write.existence is Existence.EXPECT_NOT_EXIST and record is not None:
        raise ConditionCheckFailError
    if write.condition is None or isinstance(write.condition, Page):
        return
    columns = {name: [value] for name, value in key} if record is not None else {}
    for name, versions in (record.columns if record else {}).items():
        columns[name] = [value for _, value in versions]
    if not write.condition.holds(columns):
        raise ConditionCheckFailError


def apply_write(write: Write, before: Record | None, options: Options, now: int) -> Record | None:
    """Compute the row after the write (`now` in ms); None where there is none then."""
    if write.kind is Kind.DELETE:
        return None
    if write.kind is Kind.PUT:
        return put_record(write.row.cells, now, options.max_versions)
    return update_record(before, write.row.cells, now, options.max_versions)


def write_size(row: Row, *, stamped: bool = False) -> int:
    """Bytes of a write as capacity units and limits count them; `stamped`: versions weigh."""
    stamp = STAMP_BYTES if stamped else 0
    key = sum(len(name.encode()) + size_of(value) for name, value in row.primary_key)
    return key + sum(len(cell.name.encode()) + size_of(cell.value) + stamp for cell in row.cells)


def returned_row(write: Write, key: Key, after: Record | None) -> Row | None:
    """What the writer asked to see: the key, or columns as they are now."""
    if write.returned is Returned.PRIMARY_KEY:
        return Row(key)
    if write.returned is Returned.AFTER_MODIFY:
        columns = after.columns if after else {}
        return Row(
            key,
            tuple(
                Cell(name, columns[name][0][1], columns[name][0][0])
                for name in write.returned_columns
                if name in columns
            ),
        )
    return None
