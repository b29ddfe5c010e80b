"""The rules for tables, indexes and their names, each with the vendor's sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NoReturn

from scripts.localcloud.services.tablestore.exceptions import (
    ObjectAlreadyExistError,
    ParameterInvalidError,
)
from scripts.localcloud.services.tablestore.schema import (
    FOREVER,
    KEY_OF_COLUMN,
    LOCAL_INDEX,
    ColumnType,
    DefinedColumn,
    IndexMeta,
    KeyColumn,
    KeyType,
    Options,
    Table,
)

MAX_KEY_COLUMNS = 4
MAX_DEFINED_COLUMNS = 32
MAX_INDEXES = 5
MAX_TABLES = 64
SHORTEST_LIFE = 86400
"""Seconds that rows live at least, where they do not live for ever."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_COLUMN_NAME_BYTES = 255
_KEY_TYPES = {KeyType.INTEGER, KeyType.STRING, KeyType.BINARY}
_TYPE_NAMES = {5: "BOOLEAN", 2: "DOUBLE", 4: "DOUBLE"}


def _refuse(message: str) -> NoReturn:
    raise ParameterInvalidError(message)


def check_table_name(name: str) -> None:
    """Letters, digits and underscores, 1 to 255, no digit first."""
    if not _NAME.fullmatch(name):
        _refuse(f"Invalid table name: '{name}'.")


def check_column_name(name: str) -> None:
    """Anything up to 255 bytes."""
    if not name:
        _refuse("invalid name of column: empty name.")
    if len(name.encode()) > _COLUMN_NAME_BYTES:
        _refuse(f"Invalid column name: '{name}'.")


def check_key(columns: Sequence[KeyColumn]) -> None:
    """One to four columns of the three types, distinct names, at most one of them counting."""
    if not 1 <= len(columns) <= MAX_KEY_COLUMNS:
        _refuse(f"The number of primary key columns must be in range: [1, {MAX_KEY_COLUMNS}].")
    seen: set[str] = set()
    for column in columns:
        check_column_name(column.name)
        if column.name in seen:
            _refuse(f"Duplicated primary key name: '{column.name}'.")
        seen.add(column.name)
        if column.type not in _KEY_TYPES:
            kind = _TYPE_NAMES.get(column.type, str(column.type))
            _refuse(f"{kind} is an invalid type for the primary key.")
    _check_auto_increment(columns)


def _check_auto_increment(columns: Sequence[KeyColumn]) -> None:
    counting = [column for column in columns if column.auto_increment]
    if not counting:
        return
    if len(counting) > 1:
        _refuse("AUTO_INCREMENT primary key count must <= 1.")
    if columns[0].auto_increment:
        _refuse("PkAutoIncr cannot be set as first pk column.")
    if counting[0].type != KeyType.INTEGER:
        _refuse("AUTO_INCREMENT primary key must be integer.")


def check_defined_columns(columns: Sequence[DefinedColumn], key: Sequence[KeyColumn]) -> None:
    """At most 32, of known types, none of them in the key or there twice."""
    if len(columns) > MAX_DEFINED_COLUMNS:
        _refuse(f"The number of defined columns must be in range: [0, {MAX_DEFINED_COLUMNS}].")
    seen = {column.name for column in key}
    for column in columns:
        check_column_name(column.name)
        if column.name in seen:
            _refuse(f"Duplicated defined column name: '{column.name}'.")
        seen.add(column.name)
        if column.type not in set(ColumnType):
            _refuse(f"Invalid column type: {column.type}.")


def check_options(options: Options) -> None:
    """A life of -1 or at least a day, one version at least, a deviation that is none below 0."""
    if options.time_to_live == 0 or options.time_to_live < FOREVER:
        _refuse("TimeToLive cannot be 0 or less than -1.")
    if FOREVER < options.time_to_live < SHORTEST_LIFE:
        _refuse(f"TimeToLive cannot be less than {SHORTEST_LIFE}, unless it is -1.")
    if options.max_versions <= 0:
        _refuse("The maximum versions cannot be less than or equal to 0.")
    if options.deviation < 0:
        _refuse("The maximum deviation must be in range [0, INT64_MAX/1000000].")


def check_throughput(read: int, write: int) -> None:
    """Reserved units are counts."""
    if read < 0 or write < 0:
        _refuse(f"Invalid Capacity Unit:{min(read, write)}. Capacity Unit must be nonnegative.")


def check_options_with_indexes(options: Options, indexes: Sequence[IndexMeta]) -> None:
    """An index and a life that ends go together only where rows are never updated."""
    if not indexes:
        return
    if options.time_to_live != FOREVER and options.allow_update:
        _refuse("Don't support allow update operation on table with index and ttl")
    if options.max_versions != 1:
        _refuse("Max versions of table with index must be 1.")


def check_index(table: Table, meta: IndexMeta) -> None:
    """Its columns exist, its key columns have a type that sorts, its name is free here."""
    check_table_name(meta.name)
    if any(known.name == meta.name for known in table.indexes):
        raise ObjectAlreadyExistError("Requested index already exists.")
    if len(table.indexes) >= MAX_INDEXES:
        _refuse(f"The number of indexes of table '{table.name}' exceeds the limit: {MAX_INDEXES}.")
    if not meta.primary_key:
        _refuse(f"No primary key column is specified for index: '{meta.name}'.")
    if len(set(meta.primary_key)) != len(meta.primary_key):
        _refuse(f"Duplicated primary key name in index: '{meta.name}'.")
    _check_index_columns(table, meta)
    if meta.index_type == LOCAL_INDEX and meta.primary_key[0] != table.primary_key[0].name:
        _refuse("The first primary key column of a local index must be the main table's.")


def _check_index_columns(table: Table, meta: IndexMeta) -> None:
    key_names = set(table.key_names())
    defined = {column.name: column.type for column in table.defined_columns}
    for name in meta.primary_key:
        if name in key_names:
            continue
        if name not in defined:
            _refuse(f"Column does not exist:'{name}'.")
        if defined[name] not in KEY_OF_COLUMN:
            _refuse(f"Column '{name}' has a type that cannot be a key of an index.")
    _check_carried_columns(meta, {*key_names, *defined})


def _check_carried_columns(meta: IndexMeta, known: set[str]) -> None:
    """Key columns of the table may be named: they are in every index anyway."""
    for name in meta.defined_columns:
        if name not in known:
            _refuse(f"Column does not exist:'{name}'.")
        if name in meta.primary_key:
            _refuse(f"Column '{name}' is both key and attribute of index '{meta.name}'.")
