"""`TableInspector` on an `OTSClient` (`sdk.connect`)."""

from __future__ import annotations

from typing import Any

from shared.adapters.tablestore.errors import translated
from shared.ports.errors import NotFoundError
from shared.ports.inspection import TableFacts


class TablestoreInspector:
    """Looks at tables' shapes; no row is read."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def table(self, name: str) -> TableFacts | None:
        """The table, or None where there is none of that name."""
        try:
            with translated(f"DescribeTable {name}"):
                told = self._client.describe_table(name)
        except NotFoundError:
            return None
        return TableFacts(
            key=[(column[0], column[1]) for column in told.table_meta.schema_of_primary_key],
            columns={column[0]: column[1] for column in told.table_meta.defined_columns},
            indexes={i.index_name: tuple(i.primary_key_names) for i in told.secondary_indexes},
            time_to_live=told.table_options.time_to_live,
            max_versions=told.table_options.max_version,
        )
