"""PlainBuffer, the row encoding on the wire, both ways.

Layout, integers little-endian::

    int32 0x75                                       header, once
    row   := 01 cell* [02 cell*] [08] 09 crc         primary key, columns, delete marker, checksum
    cell  := 03 04 int32 name [05 int32 value] [06 op] [07 int64] 0A crc

A cell's checksum covers its name, the value's bytes (type byte included, the int32 before it
not), the timestamp, then the op byte, which is not the order on the wire. A row's covers its
cells' checksums, then one byte, 1 where the row carries the delete marker and 0 elsewhere.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from scripts.localcloud.services.tablestore.checksum import crc8
from scripts.localcloud.services.tablestore.values import (
    PlainBufferError,
    Value,
    decode_value,
    encode_value,
)

HEADER = struct.pack("<i", 0x75)

Key = tuple[tuple[str, Value], ...]


class Tag(IntEnum):
    """What comes next on the wire."""

    PRIMARY_KEY = 0x01
    DATA = 0x02
    CELL = 0x03
    NAME = 0x04
    VALUE = 0x05
    OP = 0x06
    TIMESTAMP = 0x07
    DELETE_ROW = 0x08
    ROW_CHECKSUM = 0x09
    CELL_CHECKSUM = 0x0A


class Op(IntEnum):
    """What an UpdateRow change does to its column; a plain put carries none."""

    DELETE_ALL_VERSIONS = 0x01
    DELETE_ONE_VERSION = 0x03
    INCREMENT = 0x04


@dataclass(frozen=True, slots=True)
class Cell:
    """One column. `value` is None where the wire carries none (a delete); `timestamp` in ms."""

    name: str
    value: Value | None = None
    timestamp: int | None = None
    op: Op | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: key columns, attribute columns, and whether it asks to be deleted."""

    primary_key: Key
    cells: tuple[Cell, ...] = ()
    deleted: bool = False


@dataclass(slots=True)
class _Reader:
    """A place in the bytes and the checksum of the row so far."""

    data: bytes
    at: int = field(default=len(HEADER))
    row_crc: int = 0

    def take(self, tag: Tag) -> None:
        if not self.next_is(tag):
            found = self.data[self.at] if self.at < len(self.data) else None
            raise PlainBufferError(
                f"Cell data broken, mismatch tag, actual tag({found}), expect({int(tag)})."
            )
        self.at += 1

    def next_is(self, tag: Tag) -> bool:
        return self.at < len(self.data) and self.data[self.at] == tag

    def sized(self) -> bytes:
        (size,) = struct.unpack_from("<i", self.data, self.at)
        start = self.at + 4
        if size < 0 or start + size > len(self.data):
            raise PlainBufferError(f"Cell data broken, wrong string format, size: {size}.")
        self.at = start + size
        return self.data[start : self.at]

    def checksum(self, tag: Tag, expected: int) -> None:
        self.take(tag)
        found = self.data[self.at]
        if found != expected:
            raise PlainBufferError(f"Cell data broken, checksum is mismatch, {found} :{expected} :")
        self.at += 1


def _read_stamps(reader: _Reader) -> tuple[Op | None, int | None]:
    op: Op | None = None
    timestamp: int | None = None
    while True:
        if reader.next_is(Tag.OP):
            op = Op(reader.data[reader.at + 1])
            reader.at += 2
        elif reader.next_is(Tag.TIMESTAMP):
            (timestamp,) = struct.unpack_from("<q", reader.data, reader.at + 1)
            reader.at += 9
        else:
            return op, timestamp


def _read_cell(reader: _Reader) -> Cell:
    reader.take(Tag.CELL)
    reader.take(Tag.NAME)
    name = reader.sized()
    crc = crc8(0, name)
    value: Value | None = None
    if reader.next_is(Tag.VALUE):
        reader.at += 1
        raw = reader.sized()
        value, _ = decode_value(raw)
        crc = crc8(crc, raw)
    op, timestamp = _read_stamps(reader)
    if timestamp is not None:
        crc = crc8(crc, struct.pack("<q", timestamp))
    if op is not None:
        crc = crc8(crc, bytes([op]))
    reader.checksum(Tag.CELL_CHECKSUM, crc)
    reader.row_crc = crc8(reader.row_crc, bytes([crc]))
    return Cell(name.decode(), value, timestamp, op)


def _read_cells(reader: _Reader) -> tuple[Cell, ...]:
    cells = []
    while reader.next_is(Tag.CELL):
        cells.append(_read_cell(reader))
    return tuple(cells)


def _read_row(reader: _Reader) -> Row:
    reader.row_crc = 0
    reader.take(Tag.PRIMARY_KEY)
    key = _read_cells(reader)
    cells: tuple[Cell, ...] = ()
    if reader.next_is(Tag.DATA):
        reader.at += 1
        cells = _read_cells(reader)
    deleted = reader.next_is(Tag.DELETE_ROW)
    reader.at += deleted
    reader.checksum(Tag.ROW_CHECKSUM, crc8(reader.row_crc, bytes([deleted])))
    pairs = []
    for cell in key:
        if cell.value is None:
            raise PlainBufferError(f"No value is given for primary key name:{cell.name}.")
        pairs.append((cell.name, cell.value))
    return Row(tuple(pairs), cells, deleted)


def _is_padding(data: bytes, at: int) -> bool:
    """Whether nothing but zeros is left: the Node client spares room for INF_MIN and INF_MAX."""
    return data[at] == 0 and not data[at:].strip(b"\0")


def decode_rows(data: bytes) -> list[Row]:
    """Read all rows of a buffer, header included.

    Raises:
        PlainBufferError: with the vendor's word on what is wrong.
    """
    if not data.startswith(HEADER):
        raise PlainBufferError("Cell data broken, mismatch header.")
    reader = _Reader(data)
    rows = []
    try:
        while reader.at < len(data) and not _is_padding(data, reader.at):
            rows.append(_read_row(reader))
    except (struct.error, IndexError, UnicodeDecodeError) as exc:
        raise PlainBufferError("data format is invalid.") from exc
    except ValueError as exc:
        raise PlainBufferError(str(exc)) from exc
    return rows


def decode_row(data: bytes) -> Row:
    """Read a buffer of exactly one row."""
    rows = decode_rows(data)
    if len(rows) != 1:
        raise PlainBufferError(f"data format is invalid: {len(rows)} rows where one is expected.")
    return rows[0]


def _write_cell(cell: Cell) -> tuple[bytes, int]:
    name = cell.name.encode()
    crc = crc8(0, name)
    parts = [bytes([Tag.CELL, Tag.NAME]), struct.pack("<i", len(name)), name]
    if cell.value is not None:
        raw = encode_value(cell.value)
        parts += [bytes([Tag.VALUE]), struct.pack("<i", len(raw)), raw]
        crc = crc8(crc, raw)
    if cell.op is not None:
        parts.append(bytes([Tag.OP, cell.op]))
    if cell.timestamp is not None:
        raw = struct.pack("<q", cell.timestamp)
        parts += [bytes([Tag.TIMESTAMP]), raw]
        crc = crc8(crc, raw)
    if cell.op is not None:  # last in the checksum, though before the timestamp on the wire
        crc = crc8(crc, bytes([cell.op]))
    parts.append(bytes([Tag.CELL_CHECKSUM, crc]))
    return b"".join(parts), crc


def _write_cells(tag: Tag, cells: Iterable[Cell], row_crc: int) -> tuple[bytes, int]:
    parts = [bytes([tag])]
    for cell in cells:
        raw, crc = _write_cell(cell)
        parts.append(raw)
        row_crc = crc8(row_crc, bytes([crc]))
    return b"".join(parts), row_crc


def encode_rows(rows: Iterable[Row]) -> bytes:
    """Write rows as one buffer, header included."""
    parts = [HEADER]
    for row in rows:
        key = (Cell(name, value) for name, value in row.primary_key)
        raw, crc = _write_cells(Tag.PRIMARY_KEY, key, 0)
        parts.append(raw)
        if row.cells:
            raw, crc = _write_cells(Tag.DATA, row.cells, crc)
            parts.append(raw)
        if row.deleted:
            parts.append(bytes([Tag.DELETE_ROW]))
        parts.append(bytes([Tag.ROW_CHECKSUM, crc8(crc, bytes([row.deleted]))]))
    return b"".join(parts)
