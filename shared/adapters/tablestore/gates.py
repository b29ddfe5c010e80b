"""Gates in the table `gates`: `gate_id`, `version`, `nonce`, `wake`, `doc`.

`wake` is a column of its own and only ever incremented: writing the document never touches it, and
raising it never touches the version.
"""

from __future__ import annotations

from typing import Any, Final

from shared.adapters.tablestore.rows import Columns, Table
from shared.adapters.tablestore.wire import decode, encode
from shared.domain.gate import Gate
from shared.ports.errors import ConflictError, NotFoundError

TABLE: Final = "gates"


class TablestoreGateStore:
    """`GateStore` on an `OTSClient` (`sdk.connect`)."""

    def __init__(self, client: Any) -> None:
        self._table = Table(client, TABLE, "gate_id")

    def get(self, gate_id: str) -> Gate | None:
        """The gate with its wake-up counter, or None."""
        row = self._table.get(gate_id)
        return None if row is None else decode(Gate, row["doc"], wake=row["wake"])

    def add(self, gate: Gate) -> None:
        """Create the row with wake 0. Raises ConflictError where there is one already."""
        self._table.insert(gate.id, {**_columns(gate), "wake": 0})

    def replace(
        self, gate: Gate, *, expected_version: int, expected_wake: int | None = None
    ) -> None:
        """Write all but `wake`, if version (and wake) are as expected. Raises ConflictError."""
        expected = {"version": expected_version}
        if expected_wake is not None:
            expected["wake"] = expected_wake
        self._table.update(gate.id, _columns(gate), expected=expected)

    def wake(self, gate_id: str) -> None:
        """Add one to the counter. Raises NotFoundError where there is no such gate."""
        try:
            self._table.increment(gate_id, "wake")
        except ConflictError as error:  # the only condition is that the row exists
            raise NotFoundError(f"there is no gate {gate_id}") from error


def _columns(gate: Gate) -> Columns:
    return {
        "version": gate.version,
        "nonce": gate.nonce,
        "doc": encode(gate, without=("wake",)),
    }
