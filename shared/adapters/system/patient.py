"""A person's commands ask again where a service is in the way for a moment.

The functions need nothing like it: what they cannot read now, the next round reads. A walk over
every object, however, would hardly ever come to its end where one request in a hundred fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from shared.ports.clock import Clock
from shared.ports.errors import RetryableError

READS: Final = frozenset({"get", "get_many", "due", "page", "head", "read"})
"""The verbs that change nothing; what may have been written is the caller's to judge."""

TRIES: Final = 6
FIRST_PAUSE: Final = 0.1

PortT = TypeVar("PortT")


class _Patient:
    """Stands before a port."""

    def __init__(self, port: object, clock: Clock) -> None:
        self._port = port
        self._clock = clock

    def __getattr__(self, verb: str) -> Any:
        found = getattr(self._port, verb)
        return self._repeated(found) if verb in READS else found

    def _repeated(self, read: Callable[..., Any]) -> Callable[..., Any]:
        def again(*arguments: Any, **options: Any) -> Any:
            for tried in range(TRIES - 1):
                try:
                    return read(*arguments, **options)
                except RetryableError:  # noqa: PERF203 - a few tries
                    self._clock.sleep(FIRST_PAUSE * 2**tried)
            return read(*arguments, **options)

        return again


def patient(port: PortT, clock: Clock) -> PortT:
    """The port, whose reads are tried a few times, 3 seconds in all."""
    return cast("PortT", _Patient(port, clock))
