"""The instance and its tables as resources of a template (`ALIYUN::OTS::*`).

The local cloud has one instance, whose name was chosen with the account; another cannot be made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.resources import Made, Properties, ResourceError, ResourceType
from scripts.localcloud.services.tablestore.exceptions import TablestoreError
from scripts.localcloud.services.tablestore.management import (
    TableUpdate,
    create_table,
    delete_table,
    update_table,
)
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

COLUMN_TYPES = {"BINARY": ColumnType.BLOB}
INDEX_TYPES = {"Global": GLOBAL_INDEX, "Local": LOCAL_INDEX}


class InstanceType:
    """The instance."""

    required = frozenset({"InstanceName"})
    optional = frozenset({"ClusterType", "Description", "Network", "Tags"})
    fixed = frozenset({"InstanceName", "ClusterType", "Description"})
    attributes = frozenset({"InstanceName", "PrivateEndpoint", "PublicEndpoint", "VpcEndpoint"})

    def __init__(self, instance: Instance, cloud: Cloud) -> None:
        self._instance, self._cloud = instance, cloud
        instance.database.script("CREATE TABLE IF NOT EXISTS declared (name TEXT PRIMARY KEY)")

    def find(self, properties: Properties) -> Made | None:
        """The instance, if a template has made it."""
        name = str(properties["InstanceName"])
        row = self._instance.database.query_one("SELECT 1 FROM declared WHERE name = ?", (name,))
        return self._made(name) if row else None

    def create(self, properties: Properties) -> Made:
        """Make the instance."""
        name = str(properties["InstanceName"])
        only = self._cloud.identity.tablestore_instance
        if name != only:
            text = f"the local cloud has one instance, named {only!r}; {name!r} cannot be made"
            raise ResourceError("OTSParameterInvalid", text)
        row = (name,)
        self._instance.database.execute("INSERT OR REPLACE INTO declared VALUES (?)", row)
        return self._made(name)

    def update(self, before: Properties, after: Properties) -> Made:
        """Its network and tags are of no account here."""
        del before  # nothing of it is kept
        return self.create(after)

    def delete(self, properties: Properties) -> None:
        """Forget the instance, which must have no tables."""
        if self._instance.catalog.names():
            text = "The instance still has tables; delete them first."
            raise ResourceError("OTSObjectNotEmpty", text)
        row = (str(properties["InstanceName"]),)
        self._instance.database.execute("DELETE FROM declared WHERE name = ?", row)

    def _made(self, name: str) -> Made:
        endpoint = self._cloud.endpoints.get("tablestore", "")
        endpoints = dict.fromkeys(("PrivateEndpoint", "PublicEndpoint", "VpcEndpoint"), endpoint)
        return Made(identifier=name, attributes={"InstanceName": name, **endpoints})


class TableType:
    """A table with its indexes."""

    required = frozenset({"InstanceName", "PrimaryKey", "TableName"})
    optional = frozenset(
        {
            *("Columns", "DeviationCellVersionInSec", "MaxVersions", "ReservedThroughput"),
            *("SecondaryIndices", "TimeToLive"),
        }
    )
    fixed = frozenset({*required, "Columns", "SecondaryIndices"})
    attributes = frozenset({"TableName"})

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def find(self, properties: Properties) -> Made | None:
        """The table of this name."""
        name = str(properties["TableName"])
        return _made(name) if name in self._instance.catalog.names() else None

    def create(self, properties: Properties) -> Made:
        """Make the table."""
        with _translated():
            create_table(self._instance, table_of(properties), indexes_of(properties))
        return _made(str(properties["TableName"]))

    def update(self, before: Properties, after: Properties) -> Made:
        """Change options and throughput."""
        del before  # they are set to what they are to be, whatever they were
        table = table_of(after)
        update = TableUpdate(
            time_to_live=table.options.time_to_live,
            max_versions=table.options.max_versions,
            deviation=table.options.deviation,
            reserved_read=table.reserved_read,
            reserved_write=table.reserved_write,
        )
        with _translated():
            update_table(self._instance, table.name, update)
        return _made(table.name)

    def delete(self, properties: Properties) -> None:
        """Drop the table with its rows."""
        if self.find(properties) is not None:
            with _translated():
                delete_table(self._instance, str(properties["TableName"]))


def resource_types(instance: Instance, cloud: Cloud) -> dict[str, ResourceType]:
    """What Tablestore offers to templates."""
    return {
        "ALIYUN::OTS::Instance": InstanceType(instance, cloud),
        "ALIYUN::OTS::Table": TableType(instance),
    }


def table_of(declared: Mapping[str, Any]) -> Table:
    """The table that a template describes.

    Raises:
        ResourceError: a type there is not.
    """
    units = declared.get("ReservedThroughput") or {}
    options = Options()
    return Table(
        number=0,
        name=str(declared["TableName"]),
        primary_key=tuple(
            KeyColumn(name=column["Name"], type=_type(KeyType.__members__, column["Type"]))
            for column in declared["PrimaryKey"]
        ),
        defined_columns=tuple(
            DefinedColumn(name=column["Name"], type=_type(_column_types(), column["Type"]))
            for column in declared.get("Columns") or ()
        ),
        options=Options(
            time_to_live=int(declared.get("TimeToLive", options.time_to_live)),
            max_versions=int(declared.get("MaxVersions", options.max_versions)),
            deviation=int(declared.get("DeviationCellVersionInSec", options.deviation)),
        ),
        reserved_read=int(units.get("Read", 0)),
        reserved_write=int(units.get("Write", 0)),
    )


def indexes_of(declared: Mapping[str, Any]) -> list[IndexMeta]:
    """The indexes that a template describes.

    Raises:
        ResourceError: a type there is not.
    """
    return [
        IndexMeta(
            name=index["IndexName"],
            primary_key=tuple(index["PrimaryKeys"]),
            defined_columns=tuple(index.get("Columns") or ()),
            index_type=_type(INDEX_TYPES, index.get("IndexType", "Global")),
        )
        for index in declared.get("SecondaryIndices") or ()
    ]


def _column_types() -> dict[str, int]:
    return {**ColumnType.__members__, **COLUMN_TYPES}


def _type(known: Mapping[str, int], name: str) -> int:
    if name not in known:
        text = f"{name!r} is no type; there are {', '.join(known)}"
        raise ResourceError("OTSParameterInvalid", text)
    return known[name]


def _made(name: str) -> Made:
    return Made(identifier=name, attributes={"TableName": name})


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except TablestoreError as error:
        raise ResourceError(error.code, error.message) from error
