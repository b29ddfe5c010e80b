"""Waking the other functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

POLLER: Final = "poller"
FINALIZER: Final = "finalizer"


class FunctionInvoker(Protocol):
    """Asynchronous invocations that a repeated id does not repeat."""

    def invoke(self, function: str, payload: Mapping[str, object], *, invocation_id: str) -> bool:
        """Ask for one run; False where this id was asked for before (never proof that it ran).

        Raises UnavailableError, ThrottledError, ForbiddenError, NotFoundError.
        """
