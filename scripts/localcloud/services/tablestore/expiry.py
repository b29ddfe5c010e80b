"""Rows whose time is over: reads do not show them any more, this removes them from the disk."""

from __future__ import annotations

from scripts.localcloud.services.tablestore.keys import encode_key
from scripts.localcloud.services.tablestore.models import Instance
from scripts.localcloud.services.tablestore.reading import oldest_alive
from scripts.localcloud.services.tablestore.records import Record, alive
from scripts.localcloud.services.tablestore.schema import Table
from scripts.localcloud.services.tablestore.storage import Span
from scripts.localcloud.services.tablestore.values import Marker


def sweep_expired(instance: Instance) -> int:
    """Remove what has expired from every table whose rows do; answers how many rows went."""
    return sum(_sweep_table(instance, table) for table in instance.catalog.with_life())


def _sweep_table(instance: Instance, table: Table) -> int:
    oldest = oldest_alive(table.options, instance.now_ms())
    everything = Span(start=encode_key([Marker.INF_MIN]), end=encode_key([Marker.INF_MAX]))
    removed = 0
    for encoded, body in instance.rows.scan(table.number, everything):
        if alive(Record.decode(body), oldest) is None:
            removed += _remove(instance, table, encoded, oldest)
    return removed


def _remove(instance: Instance, table: Table, encoded: bytes, oldest: int | None) -> int:
    """Remove one row, unless it was written again since it was looked at."""
    with instance.database.transaction():
        body = instance.rows.get(table.number, encoded)
        if body is None or alive(Record.decode(body), oldest) is not None:
            return 0
        instance.rows.delete(table.number, encoded)
    return 1
