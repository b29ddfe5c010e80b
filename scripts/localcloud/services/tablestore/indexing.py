"""Secondary indexes: which entry a row has in an index, and the log through which it gets there.

A write puts what it changes in its indexes into a log, in its own transaction; a read of an index
applies what is old enough first. So an index lags behind its table by a steady, small time, for
longer when a fault says so, and never loses an entry to a kill.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.tablestore.keys import encode_key
from scripts.localcloud.services.tablestore.records import Record
from scripts.localcloud.services.tablestore.schema import KIND_OF_KEY, LOCAL_INDEX, KeyType, Table
from scripts.localcloud.services.tablestore.storage import RowStore
from scripts.localcloud.services.tablestore.values import Value, kind_of

_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row before and after a write; None where there is none."""

    key: Mapping[str, Value]
    before: Record | None
    after: Record | None


def index_entry(
    index: Table, key: Mapping[str, Value], record: Record | None
) -> tuple[bytes, bytes] | None:
    """A row's key and body in an index; None where it lacks a column of the index's key."""
    if record is None:
        return None
    values: list[Value] = []
    for column in index.primary_key:
        value = key.get(column.name)
        if value is None:
            value = record.latest(column.name)
        if value is None or kind_of(value) is not KIND_OF_KEY[KeyType(column.type)]:
            return None
        values.append(value)
    columns = {
        column.name: record.columns[column.name][:1]
        for column in index.defined_columns
        if record.columns.get(column.name)
    }
    body = Record(written_at=record.written_at, columns=columns).encode()
    return encode_key(values), body


class IndexLog:
    """What is still to be written into indexes."""

    def __init__(self, database: Database, rows: RowStore) -> None:
        self._database, self._rows = database, rows

    def note(self, indexes: Sequence[Table], change: Change, now: float) -> None:
        """Take down what one write changes; a local index is written at once."""
        for index in indexes:
            old = index_entry(index, change.key, change.before)
            new = index_entry(index, change.key, change.after)
            if old == new:
                continue
            if old is not None and (new is None or new[0] != old[0]):
                self._write(index, old[0], None, now)
            if new is not None:
                self._write(index, new[0], new[1], now)

    def _write(self, index: Table, key: bytes, body: bytes | None, now: float) -> None:
        if index.index_type == LOCAL_INDEX:
            self._apply(index.number, key, body)
            return
        self._database.execute(
            "INSERT INTO index_log (number, key, body, written_at) VALUES (?, ?, ?, ?)",
            (index.number, key, body, now),
        )

    def _apply(self, number: int, key: bytes, body: bytes | None) -> None:
        if body is None:
            self._rows.delete(number, key)
        else:
            self._rows.put(number, key, body)

    def apply_until(self, written_at: float) -> None:
        """Write everything taken down up to then, in its order."""
        while self._apply_batch(written_at):
            pass

    def _apply_batch(self, written_at: float) -> bool:
        """Write some of it; answers whether there may be more."""
        with self._database.transaction():
            rows = self._database.query(
                "SELECT seq, number, key, body, written_at FROM index_log ORDER BY seq LIMIT ?",
                (_BATCH,),
            )
            last = None
            for seq, number, key, body, at in rows:
                if at > written_at:
                    break
                self._apply(number, key, body)
                last = seq
            if last is not None:
                self._database.execute("DELETE FROM index_log WHERE seq <= ?", (last,))
        return last is not None and len(rows) == _BATCH
