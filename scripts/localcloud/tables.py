"""The tables that `template.yml` declares, made in the local Tablestore where they are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.tablestore.models import Instance
from scripts.localcloud.services.tablestore.resources import TableType

TABLE_TYPE = "ALIYUN::OTS::Table"


def make_tables(cloud: Cloud, properties: Iterable[Mapping[str, Any]]) -> None:
    """Make what is missing; to be called before the service opens its database.

    Raises:
        ResourceError: a table's declaration breaks a rule of Tablestore.
    """
    database = cloud.database("tablestore")
    try:
        tables = TableType(Instance(database, cloud.clock.now, lambda: 0.0))
        for declared in properties:
            if tables.find(declared) is None:
                tables.create(declared)
    finally:
        database.close()
