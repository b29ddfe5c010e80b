"""The key and the cells of a request against its table: names, types, sizes, stamps."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scripts.localcloud.services.tablestore.exceptions import (
    InvalidKeyError,
    ParameterInvalidError,
)
from scripts.localcloud.services.tablestore.keys import decode_key
from scripts.localcloud.services.tablestore.plainbuffer import Cell, Key
from scripts.localcloud.services.tablestore.schema import (
    FOREVER,
    KIND_OF_KEY,
    KeyColumn,
    KeyType,
    Options,
    Table,
)
from scripts.localcloud.services.tablestore.validation import check_column_name
from scripts.localcloud.services.tablestore.values import Marker, Value, kind_of, size_of

MAX_KEY_BYTES = 1024
MAX_VALUE_BYTES = 2 * 1024 * 1024
MAX_COLUMNS = 1024

_BOUNDS = (Marker.INF_MIN, Marker.INF_MAX)


def check_key(
    table: Table, key: Key, *, bounds: bool = False, counting: bool = False
) -> list[Value]:
    """The key's values, checked. `bounds` allows INF_MIN and INF_MAX, `counting` AUTO_INCREMENT.

    Raises:
        InvalidKeyError: it is not this table's key.
        ParameterInvalidError: a value is too long.
    """
    if len(key) != len(table.primary_key):
        raise InvalidKeyError(
            f"Validate PK size fail. Input: {len(key)}, Meta: {len(table.primary_key)}."
        )
    for (name, value), column in zip(key, table.primary_key, strict=True):
        if name != column.name:
            raise InvalidKeyError(f"Validate PK name fail. Input: {name}, Meta: {column.name}.")
        if isinstance(value, Marker):
            _check_marker(value, column, bounds=bounds, counting=counting)
        else:
            _check_key_value(value, column)
    return [value for _, value in key]


def _check_marker(value: Marker, column: KeyColumn, *, bounds: bool, counting: bool) -> None:
    if bounds and value in _BOUNDS:
        return
    if value is Marker.AUTO_INCREMENT:
        if not counting:
            raise ParameterInvalidError("PKAutoIncr can't be used for read operations.")
        if column.auto_increment:
            return
    raise InvalidKeyError(
        f"Validate PK type fail. Input: {value.name}, Meta: {KeyType(column.type).name}."
    )


def _check_key_value(value: Value, column: KeyColumn) -> None:
    expected, found = KIND_OF_KEY[KeyType(column.type)], kind_of(value)
    if found is not expected:
        raise InvalidKeyError(
            f"Validate PK type fail. Input: VT_{found.name}, Meta: VT_{expected.name}."
        )
    if size_of(value) > MAX_KEY_BYTES:
        raise ParameterInvalidError(
            f"The length of primary key column: '{column.name}' exceeds the MaxLength:"
            f" {MAX_KEY_BYTES} with CurrentLength: {size_of(value)}."
        )


def name_key(table: Table, encoded: bytes) -> Key:
    """A stored key with its columns' names."""
    return tuple(zip(table.key_names(), decode_key(encoded), strict=True))


def check_cells(table: Table, cells: Sequence[Cell], now_ms: int) -> None:
    """Attribute columns: their number, names, sizes and stamps.

    Raises:
        ParameterInvalidError: one of them breaks a rule.
    """
    if len({cell.name for cell in cells}) > MAX_COLUMNS:
        raise ParameterInvalidError(
            f"The number of attribute columns exceeds the limit, limit count: {MAX_COLUMNS},"
            f" column count: {len(cells)}."
        )
    key_names = set(table.key_names())
    for cell in cells:
        check_column_name(cell.name)
        if cell.name in key_names:
            raise ParameterInvalidError(
                f"Duplicated attribute column name with primary key column: '{cell.name}'"
                " while putting/updating row."
            )
        _check_value(cell)
        if cell.timestamp is not None and cell.op is None:
            _check_stamp(table.options, cell, now_ms)


def _check_value(cell: Cell) -> None:
    value = cell.value
    if isinstance(value, float) and not math.isfinite(value):
        word = "NaN" if math.isnan(value) else "Infinity"
        raise ParameterInvalidError(f"{word} can't be set to double value.")
    if isinstance(value, Marker):
        raise ParameterInvalidError(f"{value.name} is an invalid type for the attribute column.")
    if size_of(value) > MAX_VALUE_BYTES:
        raise ParameterInvalidError(
            f"The length of attribute column: '{cell.name}' exceeds the MaxLength:"
            f" {MAX_VALUE_BYTES} with CurrentLength: {size_of(value)}."
        )


def _check_stamp(options: Options, cell: Cell, now_ms: int) -> None:
    back = options.deviation
    if options.time_to_live != FOREVER:
        back = min(back, options.time_to_live)
    stamp = cell.timestamp or 0
    if not now_ms - back * 1000 <= stamp < now_ms + options.deviation * 1000:
        raise ParameterInvalidError(f"Invalid timestamp. Cell:'{cell.name}'.")
