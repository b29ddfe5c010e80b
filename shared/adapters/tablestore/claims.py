"""Claims in the table `claims`: `claim_id`, `version`, `nonce`, `doc`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from shared.adapters.tablestore.rows import Columns, Table
from shared.adapters.tablestore.wire import decode, encode
from shared.domain.claim import Claim

TABLE: Final = "claims"


class TablestoreClaimStore:
    """`ClaimStore` on an `OTSClient` (`sdk.connect`)."""

    def __init__(self, client: Any) -> None:
        self._table = Table(client, TABLE, "claim_id")

    def get(self, claim_id: str) -> Claim | None:
        """The claim, or None."""
        row = self._table.get(claim_id)
        return None if row is None else decode(Claim, row["doc"])

    def get_many(self, claim_ids: Sequence[str]) -> Sequence[Claim]:
        """Those of the claims that exist."""
        return [decode(Claim, row["doc"]) for row in self._table.get_many(claim_ids)]

    def add(self, claim: Claim) -> None:
        """Create it: of many who ask, one succeeds. Raises ConflictError for the others."""
        self._table.insert(claim.id, _columns(claim))

    def replace(self, claim: Claim, *, expected_version: int) -> None:
        """Write it if its version is unchanged. Raises ConflictError."""
        self._table.update(claim.id, _columns(claim), expected={"version": expected_version})


def _columns(claim: Claim) -> Columns:
    return {"version": claim.version, "nonce": claim.nonce, "doc": encode(claim)}
