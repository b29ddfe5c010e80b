"""Where tables and rows lie: one SQLite file, rows of all tables in one, found by (table, key).

Keys are stored in their order-preserving form, so that reading a row and the first row of a range
costs the same whatever the table holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.tablestore.exceptions import (
    ObjectAlreadyExistError,
    ObjectNotExistError,
    QuotaExhaustedError,
)
from scripts.localcloud.services.tablestore.schema import Table, dump_table, load_table
from scripts.localcloud.services.tablestore.validation import MAX_TABLES

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tables (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rows (
    id INTEGER PRIMARY KEY, number INTEGER NOT NULL, key BLOB NOT NULL, body BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS rows_by_key ON rows (number, key);
CREATE TABLE IF NOT EXISTS index_log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL, key BLOB NOT NULL, body BLOB,
    written_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS counters (number INTEGER PRIMARY KEY, value INTEGER NOT NULL);
"""

_CHUNK = 256


def prepare(database: Database) -> None:
    """Make the tables that are not there yet."""
    database.script(_SCHEMA)


class Catalog:
    """The instance's tables and indexes, by name; memory in front of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        rows = database.query("SELECT body FROM tables ORDER BY number")
        self._tables = {table.name: table for table in (load_table(row[0]) for row in rows)}

    def names(self) -> list[str]:
        """Names of all tables and indexes, in order."""
        return sorted(self._tables)

    def get(self, name: str) -> Table:
        """Find a table or an index.

        Raises:
            ObjectNotExistError: neither has this name.
        """
        table = self._tables.get(name)
        if table is None:
            raise ObjectNotExistError
        return table

    def indexes_of(self, table: Table) -> list[Table]:
        """The tables behind a table's indexes."""
        return [self._tables[meta.name] for meta in table.indexes]

    def with_life(self) -> list[Table]:
        """Tables and indexes whose rows expire."""
        return [table for table in list(self._tables.values()) if table.options.time_to_live > 0]

    def add(self, table: Table) -> Table:
        """Keep a new table; answers it with its number.

        Raises:
            ObjectAlreadyExistError: the name is taken.
            QuotaExhaustedError: the instance is full.
        """
        if table.name in self._tables:
            raise ObjectAlreadyExistError
        if sum(known.main_table is None for known in self._tables.values()) >= MAX_TABLES:
            raise QuotaExhaustedError
        self._database.execute(
            "INSERT INTO tables (name, body) VALUES (?, ?)", (table.name, dump_table(table))
        )
        row = self._database.query("SELECT number FROM tables WHERE name = ?", (table.name,))[0]
        numbered = replace(table, number=row[0])
        self.change(numbered)
        return numbered

    def change(self, table: Table) -> None:
        """Keep a table's new description."""
        self._database.execute(
            "UPDATE tables SET body = ? WHERE number = ?", (dump_table(table), table.number)
        )
        self._tables[table.name] = table

    def drop(self, table: Table) -> None:
        """Forget a table and its rows."""
        for name in ("tables", "rows", "index_log", "counters"):
            self._database.execute(
                f"DELETE FROM {name} WHERE number = ?",  # noqa: S608 - names from the line above
                (table.number,),
            )
        del self._tables[table.name]

    def reload(self) -> None:
        """Read all again, after a transaction that failed half way."""
        self.__init__(self._database)  # type: ignore[misc]  # the same object, as it was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of encoded keys, from the inclusive `start` to the exclusive `end`."""

    start: bytes
    end: bytes
    backward: bool = False


class RowStore:
    """Rows as bytes, by table number and encoded key. `read` counts the rows that were fetched."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.read = 0

    def get(self, number: int, key: bytes) -> bytes | None:
        """One row's body."""
        row = self._database.query_one(
            "SELECT body FROM rows WHERE number = ? AND key = ?", (number, key)
        )
        self.read += 1
        return None if row is None else row[0]

    def put(self, number: int, key: bytes, body: bytes) -> None:
        """Write or replace one row."""
        self._database.execute(
            "INSERT INTO rows (number, key, body) VALUES (?, ?, ?)"
            " ON CONFLICT (number, key) DO UPDATE SET body = excluded.body",
            (number, key, body),
        )

    def delete(self, number: int, key: bytes) -> None:
        """Remove one row, if it is there."""
        self._database.execute("DELETE FROM rows WHERE number = ? AND key = ?", (number, key))

    def scan(self, number: int, span: Span, first: int = _CHUNK) -> Iterator[tuple[bytes, bytes]]:
        """Walk a range in its order, a few hundred rows at a time.

        `first` is how many rows the walker expects to look at: the first read takes no more.
        """
        start, inclusive, size = span.start, True, min(first, _CHUNK)
        while True:
            page = self._page(number, span, start, inclusive=inclusive, size=size)
            yield from page
            if len(page) < size:
                return
            start, inclusive, size = page[-1][0], False, _CHUNK

    def _page(
        self, number: int, span: Span, start: bytes, *, inclusive: bool, size: int
    ) -> list[tuple[bytes, bytes]]:
        from_, to, order = ("<", ">", "DESC") if span.backward else (">", "<", "ASC")
        from_ += "=" if inclusive else ""
        rows = self._database.query(
            f"SELECT key, body FROM rows WHERE number = ? AND key {from_} ? AND key {to} ?"  # noqa: S608 - signs from the lines above
            f" ORDER BY key {order} LIMIT ?",
            (number, start, span.end, size),
        )
        self.read += len(rows)
        return [(row[0], row[1]) for row in rows]

    def next_number(self, number: int) -> int:
        """Count up a table's auto-increment column."""
        self._database.execute(
            "INSERT INTO counters VALUES (?, 1)"
            " ON CONFLICT (number) DO UPDATE SET value = value + 1",
            (number,),
        )
        row = self._database.query("SELECT value FROM counters WHERE number = ?", (number,))[0]
        value: int = row[0]
        return value
