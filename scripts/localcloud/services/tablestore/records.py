"""A stored row: every column's versions, newest first, and the rules by which writes change it.

Timestamps are milliseconds. The service's own stamps never go below those already there, so that
a step back of the machine's clock cannot hide a write that succeeded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scripts.localcloud.services.tablestore.exceptions import ParameterInvalidError
from scripts.localcloud.services.tablestore.plainbuffer import Cell, Op
from scripts.localcloud.services.tablestore.values import (
    PlainBufferError,
    Value,
    decode_value,
    encode_value,
    size_of,
)

Version = tuple[int, Value]
STAMP_BYTES = 8
"""What a version's number weighs, where it does (`Options.weighs_stamps`)."""

_HEAD = struct.Struct("<q")
_COLUMN = struct.Struct("<HH")  # length of the name, number of versions
_STAMP = struct.Struct("<q")


@dataclass(slots=True)
class Record:
    """The attribute columns of one row. `written_at` (ms) keeps a row alive that has none."""

    written_at: int = 0
    columns: dict[str, list[Version]] = field(default_factory=dict)

    def latest(self, name: str) -> Value | None:
        """The newest value of a column."""
        versions = self.columns.get(name)
        return versions[0][1] if versions else None

    def size(self, *, stamped: bool) -> int:
        """Bytes as capacity units count them: names, values, and stamps where those count."""
        stamp = STAMP_BYTES if stamped else 0
        return sum(
            len(versions) * (len(name.encode()) + stamp)
            + sum(size_of(value) for _, value in versions)
            for name, versions in self.columns.items()
        )

    def encode(self) -> bytes:
        """Write the record for storage."""
        parts = [_HEAD.pack(self.written_at)]
        for name, versions in self.columns.items():
            raw = name.encode()
            parts += [_COLUMN.pack(len(raw), len(versions)), raw]
            for stamp, value in versions:
                parts += [_STAMP.pack(stamp), encode_value(value)]
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> Record:
        """Read it back."""
        record = cls(written_at=_HEAD.unpack_from(data)[0])
        at = _HEAD.size
        while at < len(data):
            length, count = _COLUMN.unpack_from(data, at)
            at += _COLUMN.size
            name = data[at : at + length].decode()
            at += length
            versions = record.columns.setdefault(name, [])
            for _ in range(count):
                (stamp,) = _STAMP.unpack_from(data, at)
                value, at = decode_value(data, at + _STAMP.size)
                versions.append((stamp, value))
        return record


def alive(record: Record | None, oldest: int | None) -> Record | None:
    """Drop what is older than `oldest` (ms; None: nothing ages); None when nothing is left."""
    if record is None or oldest is None:
        return record
    columns = {
        name: kept
        for name, versions in record.columns.items()
        if (kept := [version for version in versions if version[0] >= oldest])
    }
    if not columns and record.written_at < oldest:
        return None
    return Record(written_at=record.written_at, columns=columns)


def _insert(record: Record, name: str, version: Version, max_versions: int) -> None:
    versions = [old for old in record.columns.get(name, []) if old[0] != version[0]]
    versions.append(version)
    versions.sort(key=lambda item: item[0], reverse=True)
    record.columns[name] = versions[:max_versions]


def _remove(record: Record, name: str, timestamp: int | None) -> None:
    kept = [old for old in record.columns.get(name, []) if old[0] != timestamp]
    if timestamp is None or not kept:
        record.columns.pop(name, None)
    else:
        record.columns[name] = kept


def _stamp(record: Record, cell: Cell, now: int) -> int:
    if cell.timestamp is not None:
        return cell.timestamp
    versions = record.columns.get(cell.name)
    return max(now, versions[0][0]) if versions else now


def put_record(cells: Iterable[Cell], now: int, max_versions: int) -> Record:
    """Make the record that a PutRow leaves, whatever was there before."""
    record = Record(written_at=now)
    for cell in cells:
        if cell.op is not None:
            raise ParameterInvalidError(
                f"OpType cannot be given for column name:'{cell.name}' in PutRow."
            )
        if cell.value is None:
            raise ParameterInvalidError("Invalid request of put row: find cells without values.")
        _insert(record, cell.name, (_stamp(record, cell, now), cell.value), max_versions)
    return record


def update_record(
    before: Record | None, cells: Iterable[Cell], now: int, max_versions: int
) -> Record | None:
    """Make the record that an UpdateRow leaves; None where only deletes met no row."""
    record = Record(written_at=now, columns=dict(before.columns) if before else {})
    wrote = before is not None
    for cell in cells:
        if cell.op in (Op.DELETE_ALL_VERSIONS, Op.DELETE_ONE_VERSION):
            _check_delete(cell)
            _remove(record, cell.name, cell.timestamp)
            continue
        value = _incremented(record, cell) if cell.op is Op.INCREMENT else cell.value
        if value is None:
            raise ParameterInvalidError(f"Invalid cell: '{cell.name}'. Reason: missing value.")
        _insert(record, cell.name, (_stamp(record, cell, now), value), max_versions)
        wrote = True
    return record if wrote else None


def _check_delete(cell: Cell) -> None:
    if cell.value is not None:
        raise ParameterInvalidError(
            "Column value cannot be given when type is DELETE_ONE_VERSION,DELETE_ALL_VERSION."
        )
    if cell.op is Op.DELETE_ONE_VERSION and cell.timestamp is None:
        raise ParameterInvalidError("Timestamp must be given when type is DELETE_ONE_VERSION.")
    if cell.op is Op.DELETE_ALL_VERSIONS and cell.timestamp is not None:
        raise ParameterInvalidError("Timestamp cannot be given when type is DELETE_ALL_VERSION.")


def _is_integer(value: Value | None) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _incremented(record: Record, cell: Cell) -> Value:
    old = record.latest(cell.name)
    start = 0 if old is None else old
    if not (isinstance(start, int) and isinstance(cell.value, int)) or not (
        _is_integer(start) and _is_integer(cell.value)
    ):
        raise ParameterInvalidError(
            f"Column type of '{cell.name}' is not INTEGER: it cannot be incremented."
        )
    try:
        encode_value(start + cell.value)
    except PlainBufferError as exc:
        raise ParameterInvalidError(f"Incrementing '{cell.name}' leaves the 64 bits.") from exc
    return start + cell.value


def key_size(key: Mapping[str, Value]) -> int:
    """Bytes of a primary key as capacity units count them."""
    return sum(len(name.encode()) + size_of(value) for name, value in key.items())
