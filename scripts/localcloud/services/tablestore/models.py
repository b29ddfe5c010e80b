"""The instance's rows: single reads and writes, batches and ranges. No HTTP, no protobuf.

Every write is one transaction over row, index log and counters. Nothing here waits: times come
from the clock that is handed in (epoch seconds).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.tablestore.exceptions import (
    ParameterInvalidError,
    TablestoreError,
)
from scripts.localcloud.services.tablestore.indexing import Change, IndexLog
from scripts.localcloud.services.tablestore.keys import encode_key
from scripts.localcloud.services.tablestore.plainbuffer import Key
from scripts.localcloud.services.tablestore.reading import (
    Read,
    Selection,
    check_selection,
    oldest_alive,
    read_row,
    units,
)
from scripts.localcloud.services.tablestore.records import Record, alive, key_size
from scripts.localcloud.services.tablestore.rowkeys import check_cells, check_key
from scripts.localcloud.services.tablestore.schema import Table
from scripts.localcloud.services.tablestore.storage import Catalog, RowStore, prepare
from scripts.localcloud.services.tablestore.values import Marker
from scripts.localcloud.services.tablestore.writing import (
    Existence,
    Kind,
    Write,
    Written,
    apply_write,
    check_condition,
    check_write,
    returned_row,
    write_size,
)

MAX_BATCH_WRITE = 200
MAX_BATCH_BYTES = 4 * 1024 * 1024


class Instance:
    """All tables of the instance and their rows.

    Args:
        database: where they are kept.
        now: the clock, epoch seconds.
        index_lag: seconds by which reads of a global index lag, asked for at every read.
    """

    def __init__(
        self, database: Database, now: Callable[[], float], index_lag: Callable[[], float]
    ) -> None:
        prepare(database)
        self.database = database
        self.now = now
        self.catalog = Catalog(database)
        self.rows = RowStore(database)
        self.index_log = IndexLog(database, self.rows)
        self._index_lag = index_lag

    def table_to_write(self, name: str) -> Table:
        """Find a table.

        Raises:
            ParameterInvalidError: it is an index, which only the service writes.
        """
        table = self.catalog.get(name)
        if table.main_table is not None:
            raise ParameterInvalidError("Can't write index table directly.")
        return table

    def table_to_read(self, name: str) -> Table:
        """Find a table or index, the index brought up to what is visible by now."""
        table = self.catalog.get(name)
        if table.main_table is not None:
            self.apply_index_log()
        return table

    def apply_index_log(self) -> None:
        """Write into the indexes what is old enough to be seen there."""
        self.index_log.apply_until(self.now() - self._index_lag())

    def load(self, table: Table, key: bytes) -> Record | None:
        """One row by its encoded key, if it is there and has not expired."""
        body = self.rows.get(table.number, key)
        if body is None:
            return None
        return alive(Record.decode(body), oldest_alive(table.options, self.now_ms()))

    def now_ms(self) -> int:
        """The time as stamps have it."""
        return int(self.now() * 1000)

    def get_row(self, name: str, key: Key, selection: Selection) -> Read:
        """Read one row."""
        check_selection(selection)
        table = self.table_to_read(name)
        values = check_key(table, key)
        record = self.load(table, encode_key(values))
        return read_row(key, record, selection, stamped=table.options.weighs_stamps())

    def write_row(self, write: Write) -> Written:
        """Perform one write.

        Raises:
            TablestoreError: what forbids it; nothing is changed then.
        """
        check_write(write)
        with self.database.transaction():
            table = self.table_to_write(write.table)
            key = self._write_key(table, write)
            now = self.now_ms()
            check_cells(table, write.row.cells, now)
            _check_update_allowed(table, write)
            encoded = encode_key([value for _, value in key])
            before = self.load(table, encoded)
            check_condition(write, key, before)
            after = apply_write(write, before, table.options, now)
            self._store(table, encoded, Change(key=dict(key), before=before, after=after))
        return Written(
            read_units=units(key_size(dict(key))) if write.is_conditional() else 0,
            write_units=units(write_size(write.row, stamped=table.options.weighs_stamps())),
            row=returned_row(write, key, after),
        )

    def _write_key(self, table: Table, write: Write) -> Key:
        key = write.row.primary_key
        check_key(table, key, counting=write.kind is Kind.PUT)
        if not any(value is Marker.AUTO_INCREMENT for _, value in key):
            return key
        if write.existence is not Existence.IGNORE or write.condition is not None:
            raise ParameterInvalidError(
                "Can't set condition when modify row with pk auto increment."
            )
        counted = self.rows.next_number(table.number)
        return tuple(
            (name, counted if value is Marker.AUTO_INCREMENT else value) for name, value in key
        )

    def _store(self, table: Table, encoded: bytes, change: Change) -> None:
        if change.after is not None:
            self.rows.put(table.number, encoded, change.after.encode())
        elif change.before is not None:
            self.rows.delete(table.number, encoded)
        if table.indexes:
            self.index_log.note(self.catalog.indexes_of(table), change, self.now())

    def write_rows(self, writes: Sequence[Write]) -> list[Written | TablestoreError]:
        """Perform a batch: each row succeeds or fails by itself.

        Raises:
            ParameterInvalidError: the batch as a whole breaks a rule.
        """
        _check_batch(writes)
        with self.database.transaction():
            return [self._attempt(write) for write in writes]

    def _attempt(self, write: Write) -> Written | TablestoreError:
        try:
            return self.write_row(write)
        except TablestoreError as error:
            return error

    @contextmanager
    def changing_tables(self) -> Iterator[None]:
        """A transaction over the catalog, which forgets what a failure undid."""
        try:
            with self.database.transaction():
                yield
        except BaseException:
            self.catalog.reload()
            raise


def _check_update_allowed(table: Table, write: Write) -> None:
    if write.kind is Kind.UPDATE and not table.options.allow_update:
        raise ParameterInvalidError(
            f"UpdateRow is forbidden on table '{table.name}': its AllowUpdate is false."
        )


def _check_batch(writes: Sequence[Write]) -> None:
    if len(writes) > MAX_BATCH_WRITE:
        raise ParameterInvalidError(f"Rows count exceeds the upper limit: {MAX_BATCH_WRITE}.")
    size = sum(write_size(write.row) for write in writes)
    if size > MAX_BATCH_BYTES:
        raise ParameterInvalidError(
            "The total data size of BatchWriteRow request exceeds the limit, limit size:"
            f" {MAX_BATCH_BYTES}, data size: {size}."
        )
    seen: dict[tuple[str, Key], int] = {}
    for write in writes:
        place = (write.table, write.row.primary_key)
        seen[place] = seen.get(place, 0) + 1
    for write in writes:
        if seen[write.table, write.row.primary_key] > 1:
            _check_repeated(write)


def _check_repeated(write: Write) -> None:
    if write.existence is not Existence.IGNORE:
        raise ParameterInvalidError(
            "Repeated rows do not support row exist expectation check in BatchModify."
        )
    if write.condition is not None:
        raise ParameterInvalidError(
            "Repeated rows do not support row condition check in BatchModify."
        )
