"""The tables that `template.yml` declares, made in the local Tablestore where they are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.tablestore.management import create_table
from scripts.localcloud.services.tablestore.models import Instance
from scripts.localcloud.services.tablestore.schema import (
    GLOBAL_INDEX,
    LOCAL_INDEX,
    ColumnType,
    DefinedColumn,
    IndexMeta,
    KeyColumn,
    KeyType,
    Options,
    Table,
)

TABLE_TYPE = "ALIYUN::OTS::Table"
COLUMN_TYPES = {"BINARY": ColumnType.BLOB}
INDEX_TYPES = {"Global": GLOBAL_INDEX, "Local": LOCAL_INDEX}


def make_tables(cloud: Cloud, properties: Iterable[Mapping[str, Any]]) -> None:
    """Make what is missing; to be called before the service opens its database.

    Raises:
        TablestoreError: a table's declaration breaks a rule of Tablestore.
    """
    database = cloud.database("tablestore")
    try:
        instance = Instance(database, cloud.clock.now, lambda: 0.0)
        known = set(instance.catalog.names())
        for declared in properties:
            if declared["TableName"] not in known:
                create_table(instance, _table(declared), _indexes(declared))
    finally:
        database.close()


def _table(declared: Mapping[str, Any]) -> Table:
    units = declared.get("ReservedThroughput", {})
    return Table(
        number=0,
        name=declared["TableName"],
        primary_key=tuple(
            KeyColumn(name=column["Name"], type=KeyType[column["Type"]])
            for column in declared["PrimaryKey"]
        ),
        defined_columns=tuple(
            DefinedColumn(name=column["Name"], type=_column_type(column["Type"]))
            for column in declared.get("Columns", ())
        ),
        options=Options(
            time_to_live=declared.get("TimeToLive", -1), max_versions=declared.get("MaxVersions", 1)
        ),
        reserved_read=units.get("Read", 0),
        reserved_write=units.get("Write", 0),
    )


def _column_type(name: str) -> ColumnType:
    return COLUMN_TYPES[name] if name in COLUMN_TYPES else ColumnType[name]


def _indexes(declared: Mapping[str, Any]) -> list[IndexMeta]:
    return [
        IndexMeta(
            name=index["IndexName"],
            primary_key=tuple(index["PrimaryKeys"]),
            defined_columns=tuple(index.get("Columns", ())),
            index_type=INDEX_TYPES[index.get("IndexType", "Global")],
        )
        for index in declared.get("SecondaryIndices", ())
    ]
