"""`TableService`: which tables there are, and the end of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.adapters.tablestore.errors import translated
from shared.ports.errors import NotFoundError, UnavailableError


class TablestoreAdministration:
    """The tables of one instance."""

    def __init__(self, rows: Any) -> None:
        """`rows` is the vendor's client (`sdk.connect`)."""
        self._client = rows

    def names(self) -> Sequence[str] | None:
        """The tables; None where the instance cannot be reached: its name does not resolve."""
        try:
            with translated("ListTable"):
                return sorted(str(name) for name in self._client.list_table())
        except (UnavailableError, NotFoundError):
            return None

    def delete(self, name: str) -> None:
        """Delete a table and its indexes; a missing one is no error."""
        try:
            with translated(f"DeleteTable {name}"):
                self._client.delete_table(name)
        except NotFoundError:
            return
