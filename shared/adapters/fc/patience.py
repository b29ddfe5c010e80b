"""What both APIs have in common: what they would refuse is not sent, and trouble is waited out."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Final

from shared.ports.clock import Clock
from shared.ports.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    PortError,
    RejectedError,
    RetryableError,
    ThrottledError,
    UnavailableError,
)

LARGEST_PAYLOAD: Final = 128 * 1024
"""Bytes that an asynchronous invocation takes (contracts, 3.2)."""

INVOCATION_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")
DELAYS: Final = (0.1, 0.3, 0.9)
"""Seconds before each further try."""

STATUSES: Final[dict[int, type[PortError]]] = {
    401: ForbiddenError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    429: ThrottledError,
    503: ThrottledError,
}
_CLIENT_FAULT: Final = range(400, 500)


class PatientInvoker(ABC):
    """`FunctionInvoker` over one try; the invocation's id makes another one harmless."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @abstractmethod
    def _once(self, function: str, body: bytes, invocation_id: str) -> None:
        """One try. Raises PortError; ConflictError: this id was asked for before."""

    def invoke(self, function: str, payload: Mapping[str, object], *, invocation_id: str) -> bool:
        """Ask for one run; False where this id was asked for before (never proof that it ran).

        A try whose answer was lost may make the next one answer False, too.
        Raises UnavailableError, ThrottledError, ForbiddenError, NotFoundError, RejectedError.
        """
        body = json.dumps(dict(payload), separators=(",", ":")).encode()
        if not INVOCATION_ID.fullmatch(invocation_id):
            raise RejectedError(f"no invocation id of Function Compute: {invocation_id!r}")
        if len(body) > LARGEST_PAYLOAD:
            raise RejectedError(f"{len(body)} bytes are more than an invocation takes")
        for delay in DELAYS:
            try:
                return self._is_first(function, body, invocation_id)
            except RetryableError:  # noqa: PERF203 - three tries; the id makes a repeat harmless
                self._clock.sleep(delay)
        return self._is_first(function, body, invocation_id)

    def _is_first(self, function: str, body: bytes, invocation_id: str) -> bool:
        try:
            self._once(function, body, invocation_id)
        except ConflictError:
            return False
        return True


def word_for(status: int) -> type[PortError]:
    """Our word for an answer's status."""
    otherwise = RejectedError if status in _CLIENT_FAULT else UnavailableError
    return STATUSES.get(status, otherwise)
