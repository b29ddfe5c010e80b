"""GetRange: one page of a table or index, in key order, either way."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.localcloud.services.tablestore.exceptions import ParameterInvalidError
from scripts.localcloud.services.tablestore.keys import encode_key
from scripts.localcloud.services.tablestore.models import Instance
from scripts.localcloud.services.tablestore.plainbuffer import Key, Row
from scripts.localcloud.services.tablestore.reading import (
    Selection,
    check_selection,
    oldest_alive,
    read_row,
    units,
)
from scripts.localcloud.services.tablestore.records import Record, alive
from scripts.localcloud.services.tablestore.rowkeys import check_key, name_key
from scripts.localcloud.services.tablestore.schema import Table
from scripts.localcloud.services.tablestore.storage import Span

MAX_ROWS = 5000
MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeRequest:
    """A stretch of keys from the inclusive `start` to the exclusive `end`."""

    table: str
    start: Key
    end: Key
    backward: bool
    limit: int | None
    selection: Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class RangePage:
    """The rows that pass, the key to go on from (None at the end), and what was consumed."""

    rows: tuple[Row, ...]
    next_start: Key | None
    read_units: int


def _span(table: Table, request: RangeRequest) -> Span:
    start = encode_key(check_key(table, request.start, bounds=True))
    end = encode_key(check_key(table, request.end, bounds=True))
    if not request.backward and start >= end:
        raise ParameterInvalidError("Begin key must less than end key in FORWARD")
    if request.backward and start <= end:
        raise ParameterInvalidError("Begin key must more than end key in BACKWARD")
    return Span(start=start, end=end, backward=request.backward)


def get_range(instance: Instance, request: RangeRequest) -> RangePage:
    """Read one page: as many rows as asked for, 5000 or 4 MB looked at, whichever is first.

    Raises:
        ParameterInvalidError: bounds the wrong way round, no limit above 0, or no versions named.
        InvalidKeyError: bounds that are not this table's keys.
    """
    check_selection(request.selection)
    if request.limit is not None and request.limit <= 0:
        raise ParameterInvalidError("The limit must be greater than 0.")
    table = instance.table_to_read(request.table)
    span = _span(table, request)
    oldest = oldest_alive(table.options, instance.now_ms())
    stamped = table.options.weighs_stamps()
    rows: list[Row] = []
    size = looked_at = 0
    next_start: Key | None = None
    limit = request.limit or MAX_ROWS
    for encoded, body in instance.rows.scan(table.number, span, first=limit + 1):
        key = name_key(table, encoded)
        if len(rows) >= limit or looked_at >= MAX_ROWS or size >= MAX_BYTES:
            next_start = key
            break
        looked_at += 1
        record = alive(Record.decode(body), oldest)
        if record is None:
            continue
        read = read_row(key, record, request.selection, stamped=stamped)
        size += read.size
        if read.row is not None:
            rows.append(read.row)
    return RangePage(rows=tuple(rows), next_start=next_start, read_units=units(size))
