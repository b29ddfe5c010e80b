"""Whether rows may be written, tried on rows that are not there: the condition fails."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from shared.adapters.tablestore import claims, flows, gates, jobs
from shared.adapters.tablestore.rows import Table
from shared.ports.permissions import NOTHING, Trial

KEYS: Final = {
    jobs.TABLE: "job_id",
    gates.TABLE: "gate_id",
    claims.TABLE: "claim_id",
    flows.TABLE: "flow_id",
}


def row_trials(client: Any) -> Iterator[tuple[str, Trial]]:
    """Each table's PutRow and UpdateRow."""
    for name, key in KEYS.items():
        table = Table(client, name, key)
        yield f"ots:PutRow {name}", partial(table.overwrite, NOTHING, {})
        yield f"ots:UpdateRow {name}", partial(table.update, NOTHING, {}, expected={"version": -1})
