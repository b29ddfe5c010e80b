"""What a table is: its key, predefined columns, options and indexes, and the JSON they are kept in.

An index is a table too: read by its own name, written by the service alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from enum import IntEnum
from typing import Any

from scripts.localcloud.services.tablestore.values import Kind


class KeyType(IntEnum):
    """Types of key columns, by their number on the wire."""

    INTEGER = 1
    STRING = 2
    BINARY = 3
    BOOLEAN = 5


class ColumnType(IntEnum):
    """Types of predefined columns, by their number on the wire."""

    INTEGER = 1
    DOUBLE = 2
    BOOLEAN = 3
    STRING = 4
    BLOB = 7


KIND_OF_KEY = {
    KeyType.INTEGER: Kind.INTEGER,
    KeyType.STRING: Kind.STRING,
    KeyType.BINARY: Kind.BLOB,
    KeyType.BOOLEAN: Kind.BOOLEAN,
}
KEY_OF_COLUMN = {
    ColumnType.INTEGER: KeyType.INTEGER,
    ColumnType.STRING: KeyType.STRING,
    ColumnType.BLOB: KeyType.BINARY,
    ColumnType.BOOLEAN: KeyType.BOOLEAN,
}
GLOBAL_INDEX, LOCAL_INDEX = 0, 1
FOREVER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyColumn:
    """One column of a primary key."""

    name: str
    type: int
    auto_increment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinedColumn:
    """One predefined column, which an index may use."""

    name: str
    type: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`time_to_live` in seconds (-1 for ever), `deviation` in seconds around now."""

    time_to_live: int = FOREVER
    max_versions: int = 1
    deviation: int = 86400
    allow_update: bool = True

    def weighs_stamps(self) -> bool:
        """Whether each version's number counts, 8 bytes: where there are versions, or an end."""
        return self.max_versions != 1 or self.time_to_live != FOREVER


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexMeta:
    """An index as its user describes it: chosen key columns, and columns carried along."""

    name: str
    primary_key: tuple[str, ...]
    defined_columns: tuple[str, ...] = ()
    update_mode: int = 0
    index_type: int = GLOBAL_INDEX


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table, or an index where `main_table` names the table it belongs to.

    `number` identifies its rows in storage; `created_at` and `throughput_changed_at` are epoch
    seconds.
    """

    number: int
    name: str
    primary_key: tuple[KeyColumn, ...]
    defined_columns: tuple[DefinedColumn, ...] = ()
    options: Options = Options()
    reserved_read: int = 0
    reserved_write: int = 0
    created_at: float = 0.0
    throughput_changed_at: float = 0.0
    indexes: tuple[IndexMeta, ...] = ()
    main_table: str | None = None
    index_type: int = GLOBAL_INDEX

    def key_names(self) -> tuple[str, ...]:
        """Names of the key's columns, in order."""
        return tuple(column.name for column in self.primary_key)


def index_table(main: Table, meta: IndexMeta, number: int, now: float) -> Table:
    """Derive the table behind an index: its key is the chosen columns, then the main key's rest."""
    types = {column.name: column.type for column in main.primary_key}
    for column in main.defined_columns:
        if column.type in KEY_OF_COLUMN:
            types.setdefault(column.name, KEY_OF_COLUMN[ColumnType(column.type)])
    rest = [name for name in main.key_names() if name not in meta.primary_key]
    names = [*meta.primary_key, *rest]
    return Table(
        number=number,
        name=meta.name,
        primary_key=tuple(KeyColumn(name=name, type=types[name]) for name in names),
        defined_columns=tuple(
            column for column in main.defined_columns if column.name in meta.defined_columns
        ),
        options=replace(main.options, max_versions=1),
        created_at=now,
        throughput_changed_at=now,
        main_table=main.name,
        index_type=meta.index_type,
    )


def dump_table(table: Table) -> str:
    """Write a table's description as JSON."""
    return json.dumps(asdict(table))


def load_table(text: str) -> Table:
    """Read it back."""
    body: dict[str, Any] = json.loads(text)
    body["primary_key"] = tuple(KeyColumn(**column) for column in body["primary_key"])
    body["defined_columns"] = tuple(DefinedColumn(**column) for column in body["defined_columns"])
    body["options"] = Options(**body["options"])
    body["indexes"] = tuple(
        IndexMeta(
            **{
                **meta,
                "primary_key": tuple(meta["primary_key"]),
                "defined_columns": tuple(meta["defined_columns"]),
            }
        )
        for meta in body["indexes"]
    )
    return Table(**body)
