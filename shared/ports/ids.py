"""Names nobody else has."""

from __future__ import annotations

from typing import Protocol


class IdSource(Protocol):
    """Unique ids: nonces of writes, holders of leases."""

    def new(self) -> str:
        """A fresh id of at most 32 of `[a-z0-9]`."""
