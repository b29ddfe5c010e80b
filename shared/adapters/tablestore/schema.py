"""The tables as `template.yml` declares them, for places that nothing is deployed to."""

from __future__ import annotations

from typing import Any, Final

from shared.adapters.tablestore import archive, claims, flows, gates, jobs
from shared.adapters.tablestore.errors import translated
from shared.adapters.tablestore.sdk import tablestore
from shared.ports.errors import ConflictError

FOR_EVER: Final = -1
"""Rows with an index cannot expire by themselves (contracts/alibaba-cloud.md, 6.2)."""

_COLUMNS: Final = [
    ("state", "STRING"),
    ("changed_at", "INTEGER"),
    ("lane", "STRING"),
    ("due_at", "INTEGER"),
]


def create_tables(client: Any) -> None:
    """Create what is missing of the five tables and their indexes."""
    indexes = [
        tablestore.SecondaryIndexMeta(jobs.DUE_INDEX, ["lane", "due_at", "job_id"], []),
        tablestore.SecondaryIndexMeta(jobs.STATE_INDEX, ["state", "changed_at", "job_id"], []),
    ]
    _create(client, jobs.TABLE, "job_id", _COLUMNS, indexes)
    _create(client, archive.TABLE, "job_id", [], [])
    _create(client, gates.TABLE, "gate_id", [], [])
    _create(client, claims.TABLE, "claim_id", [], [])
    _create(client, flows.TABLE, "flow_id", [], [], life=flows.LIFE)


def _create(
    client: Any,
    name: str,
    key: str,
    columns: list[tuple[str, str]],
    indexes: list[Any],
    *,
    life: int = FOR_EVER,
) -> None:
    meta = tablestore.TableMeta(name, [(key, "STRING")], columns)
    options = tablestore.TableOptions(life, 1)
    throughput = tablestore.ReservedThroughput(tablestore.CapacityUnit(0, 0))
    try:
        with translated(f"CreateTable {name}"):
            client.create_table(meta, options, throughput, secondary_indexes=indexes)
    except ConflictError:
        return
