"""Tables and indexes: made, changed, dropped. Each is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scripts.localcloud.services.tablestore.exceptions import (
    ObjectNotExistError,
    ParameterInvalidError,
)
from scripts.localcloud.services.tablestore.indexing import index_entry
from scripts.localcloud.services.tablestore.keys import encode_key
from scripts.localcloud.services.tablestore.models import Instance
from scripts.localcloud.services.tablestore.records import Record
from scripts.localcloud.services.tablestore.rowkeys import name_key
from scripts.localcloud.services.tablestore.schema import IndexMeta, Options, Table, index_table
from scripts.localcloud.services.tablestore.storage import Span
from scripts.localcloud.services.tablestore.validation import (
    check_defined_columns,
    check_index,
    check_key,
    check_options,
    check_options_with_indexes,
    check_table_name,
    check_throughput,
)
from scripts.localcloud.services.tablestore.values import Marker


@dataclass(frozen=True, slots=True, kw_only=True)
class TableUpdate:
    """What UpdateTable names; None stays as it is."""

    time_to_live: int | None = None
    max_versions: int | None = None
    deviation: int | None = None
    allow_update: bool | None = None
    reserved_read: int | None = None
    reserved_write: int | None = None

    def options(self, before: Options) -> Options:
        """The options after the change."""
        named = {
            name: value
            for name in ("time_to_live", "max_versions", "deviation", "allow_update")
            if (value := getattr(self, name)) is not None
        }
        return replace(before, **named)


def create_table(instance: Instance, table: Table, indexes: Sequence[IndexMeta]) -> None:
    """Make a table with its indexes.

    Raises:
        TablestoreError: a rule is broken or a name is taken; nothing is made then.
    """
    check_table_name(table.name)
    check_key(table.primary_key)
    check_defined_columns(table.defined_columns, table.primary_key)
    check_options(table.options)
    check_throughput(table.reserved_read, table.reserved_write)
    now = instance.now()
    with instance.changing_tables():
        main = instance.catalog.add(replace(table, created_at=now, throughput_changed_at=now))
        for meta in indexes:
            main = _add_index(instance, main, meta, base_data=False)


def delete_table(instance: Instance, name: str) -> None:
    """Drop a table, its rows and its indexes.

    Raises:
        ObjectNotExistError: there is none.
        ParameterInvalidError: it is an index.
    """
    with instance.changing_tables():
        table = instance.table_to_write(name)
        for index in instance.catalog.indexes_of(table):
            instance.catalog.drop(index)
        instance.catalog.drop(table)


def update_table(instance: Instance, name: str, update: TableUpdate) -> Table:
    """Change options and reserved units; answers the table as it is then."""
    with instance.changing_tables():
        table = instance.table_to_write(name)
        options = update.options(table.options)
        check_options(options)
        check_options_with_indexes(options, table.indexes)
        read = table.reserved_read if update.reserved_read is None else update.reserved_read
        write = table.reserved_write if update.reserved_write is None else update.reserved_write
        check_throughput(read, write)
        changed = replace(
            table,
            options=options,
            reserved_read=read,
            reserved_write=write,
            throughput_changed_at=instance.now(),
        )
        instance.catalog.change(changed)
        for index in instance.catalog.indexes_of(changed):
            lives_as = replace(options, max_versions=1)
            instance.catalog.change(replace(index, options=lives_as))
    return changed


def create_index(instance: Instance, name: str, meta: IndexMeta, *, base_data: bool) -> None:
    """Add an index; `base_data` fills it with the rows that are there already."""
    with instance.changing_tables():
        _add_index(instance, instance.table_to_write(name), meta, base_data=base_data)


def drop_index(instance: Instance, name: str, index_name: str) -> None:
    """Drop an index of a table.

    Raises:
        ObjectNotExistError: the table has none of this name.
    """
    with instance.changing_tables():
        table = instance.table_to_write(name)
        kept = tuple(meta for meta in table.indexes if meta.name != index_name)
        if len(kept) == len(table.indexes):
            raise ObjectNotExistError("Requested index does not exist.")
        instance.catalog.drop(instance.catalog.get(index_name))
        instance.catalog.change(replace(table, indexes=kept))


def _add_index(instance: Instance, main: Table, meta: IndexMeta, *, base_data: bool) -> Table:
    check_index(main, meta)
    check_options_with_indexes(main.options, [meta])
    if any(column.auto_increment for column in main.primary_key) and meta.index_type:
        raise ParameterInvalidError("A local index cannot be made on an auto-increment table.")
    index = instance.catalog.add(index_table(main, meta, 0, instance.now()))
    changed = replace(main, indexes=(*main.indexes, meta))
    instance.catalog.change(changed)
    if base_data:
        _fill(instance, changed, index)
    return changed


def _fill(instance: Instance, main: Table, index: Table) -> None:
    width = len(main.primary_key)
    everything = Span(
        start=encode_key([Marker.INF_MIN] * width), end=encode_key([Marker.INF_MAX] * width)
    )
    for encoded, body in instance.rows.scan(main.number, everything):
        entry = index_entry(index, dict(name_key(main, encoded)), Record.decode(body))
        if entry is not None:
            instance.rows.put(index.number, *entry)
