"""Protobuf requests to what the models take: the decoding half of `responses.py`."""

from __future__ import annotations

from typing import Any

from scripts.localcloud.services.tablestore.exceptions import ParameterInvalidError
from scripts.localcloud.services.tablestore.filters import parse_filter
from scripts.localcloud.services.tablestore.management import TableUpdate
from scripts.localcloud.services.tablestore.plainbuffer import Key, Row, decode_row
from scripts.localcloud.services.tablestore.ranges import RangeRequest
from scripts.localcloud.services.tablestore.reading import Selection
from scripts.localcloud.services.tablestore.schema import (
    DefinedColumn,
    IndexMeta,
    KeyColumn,
    Options,
    Table,
)
from scripts.localcloud.services.tablestore.values import PlainBufferError
from scripts.localcloud.services.tablestore.writing import Existence, Kind, Returned, Write

LONGEST_STAMP = 2**63 // 1000


def _row(data: bytes) -> Row:
    try:
        return decode_row(data)
    except PlainBufferError as exc:
        raise ParameterInvalidError(str(exc)) from exc


def read_key(data: bytes) -> Key:
    """Read a primary key, which must be alone in its row."""
    row = _row(data)
    if row.cells:
        raise ParameterInvalidError("Attribute column cannot be given while reading data.")
    return row.primary_key


def _optional(message: Any, name: str) -> Any:
    return getattr(message, name) if message.HasField(name) else None


def _time_range(message: Any) -> tuple[int, int] | None:
    if not message.HasField("time_range"):
        return None
    stamps = message.time_range
    if stamps.HasField("specific_time"):
        if stamps.HasField("start_time") or stamps.HasField("end_time"):
            raise ParameterInvalidError(
                "Specific tiemstamp and time range cannot be given at the same time."
            )
        return _checked_range(stamps.specific_time, stamps.specific_time + 1)
    if not (stamps.HasField("start_time") and stamps.HasField("end_time")):
        raise ParameterInvalidError("Start and end time must be given at the same time.")
    return _checked_range(stamps.start_time, stamps.end_time)


def _checked_range(start: int, end: int) -> tuple[int, int]:
    if not (0 <= start < LONGEST_STAMP and 0 <= end <= LONGEST_STAMP):
        raise ParameterInvalidError("Timestamp must be in range [0, INT64_MAX/1000).")
    return start, end


def selection(message: Any) -> Selection:
    """The part that GetRow, GetRange and a table of BatchGetRow share."""
    return Selection(
        columns=frozenset(message.columns_to_get),
        max_versions=_optional(message, "max_versions"),
        time_range=_time_range(message),
        filter=parse_filter(message.filter),
        start_column=_optional(message, "start_column"),
        end_column=_optional(message, "end_column"),
    )


def range_request(message: Any) -> RangeRequest:
    """Read a GetRangeRequest."""
    if message.direction not in (0, 1):
        raise ParameterInvalidError(f"Invalid direction: {message.direction}.")
    return RangeRequest(
        table=message.table_name,
        start=read_key(message.inclusive_start_primary_key),
        end=read_key(message.exclusive_end_primary_key),
        backward=message.direction == 1,
        limit=_optional(message, "limit"),
        selection=selection(message),
    )


def write(table: str, kind: int, row: bytes, message: Any) -> Write:
    """Read one write: `message` carries its condition and what is to be returned."""
    try:
        known_kind = Kind(kind)
    except ValueError as exc:
        raise ParameterInvalidError("The type of row in batch write operation is invalid.") from exc
    try:
        existence = Existence(message.condition.row_existence)
    except ValueError as exc:
        raise ParameterInvalidError(
            f"Invalid row-existence expectation: {message.condition.row_existence}."
        ) from exc
    try:
        returned = Returned(message.return_content.return_type)
    except ValueError as exc:
        raise ParameterInvalidError(
            f"Invalid return type: {message.return_content.return_type}."
        ) from exc
    return Write(
        table=table,
        kind=known_kind,
        row=_row(row),
        existence=existence,
        condition=parse_filter(message.condition.column_condition),
        returned=returned,
        returned_columns=tuple(message.return_content.return_column_names),
    )


def index_meta(message: Any) -> IndexMeta:
    """Read an IndexMeta."""
    return IndexMeta(
        name=message.name,
        primary_key=tuple(message.primary_key),
        defined_columns=tuple(message.defined_column),
        update_mode=message.index_update_mode,
        index_type=message.index_type,
    )


def table(message: Any) -> Table:
    """Read the table that a CreateTableRequest describes, not yet checked nor numbered."""
    meta, units = message.table_meta, message.reserved_throughput.capacity_unit
    return Table(
        number=0,
        name=meta.table_name,
        primary_key=tuple(
            KeyColumn(name=column.name, type=column.type, auto_increment=column.option == 1)
            for column in meta.primary_key
        ),
        defined_columns=tuple(
            DefinedColumn(name=column.name, type=column.type) for column in meta.defined_column
        ),
        options=_options(message).options(Options()),
        reserved_read=units.read,
        reserved_write=units.write,
    )


def _options(message: Any) -> TableUpdate:
    options = message.table_options
    return TableUpdate(
        time_to_live=_optional(options, "time_to_live"),
        max_versions=_optional(options, "max_versions"),
        deviation=_optional(options, "deviation_cell_version_in_sec"),
        allow_update=_optional(options, "allow_update"),
    )


def table_update(message: Any) -> TableUpdate:
    """Read an UpdateTableRequest."""
    named = _options(message)
    units = message.reserved_throughput.capacity_unit
    return TableUpdate(
        time_to_live=named.time_to_live,
        max_versions=named.max_versions,
        deviation=named.deviation,
        allow_update=named.allow_update,
        reserved_read=_optional(units, "read"),
        reserved_write=_optional(units, "write"),
    )
