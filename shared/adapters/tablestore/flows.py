"""Folders' turns in the table `flows`: `flow_id`, `version`, `nonce`, `doc`.

One small row per folder that was uploaded to; a week after the last upload it goes by itself,
which costs the folder nothing: its next upload stands at the head of the line.
"""

from __future__ import annotations

from typing import Any, Final

from shared.adapters.tablestore.rows import Columns, Table
from shared.adapters.tablestore.wire import decode, encode
from shared.domain.line import Flow

TABLE: Final = "flows"
LIFE: Final = 7 * 24 * 3600
"""Seconds; the table has no index, so its rows may expire (contracts/alibaba-cloud.md, 6.2)."""


class TablestoreFlowStore:
    """`FlowStore` on an `OTSClient` (`sdk.connect`)."""

    def __init__(self, client: Any) -> None:
        self._table = Table(client, TABLE, "flow_id")

    def get(self, flow_id: str) -> Flow | None:
        """The folder's row, or None."""
        row = self._table.get(flow_id)
        return None if row is None else decode(Flow, row["doc"])

    def add(self, flow: Flow) -> None:
        """Create it. Raises ConflictError where there is one already."""
        self._table.insert(flow.id, _columns(flow))

    def replace(self, flow: Flow, *, expected_version: int) -> None:
        """Write it if its version is unchanged. Raises ConflictError."""
        self._table.update(flow.id, _columns(flow), expected={"version": expected_version})


def _columns(flow: Flow) -> Columns:
    return {"version": flow.version, "nonce": flow.nonce, "doc": encode(flow)}
