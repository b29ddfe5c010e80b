"""Conditional writes whose answer may be lost (protocol 7).

    ours: write v2 ── performed ──✂ answer lost
    ours: write v2 again ── "condition failed": v2 is there already
    ours: read: the nonce is ours, so it was we who wrote it

Without the last line we would take our own success for somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from shared.ports.clock import Clock
from shared.ports.errors import ConflictError, RetryableError

TRIES: Final = 5
"""How often an unanswered write is looked into before the caller is told."""


class Nonced(Protocol):
    """A row that carries the mark of its last write."""

    @property
    def version(self) -> int:
        """How many writes the row has seen."""

    @property
    def nonce(self) -> str:
        """The mark of the last one."""


RowT = TypeVar("RowT", bound=Nonced)


def write(
    row: RowT,
    *,
    perform: Callable[[RowT], None],
    read: Callable[[], RowT | None],
    clock: Clock,
) -> RowT:
    """Write *row* by *perform*, and be sure whether it was written.

    Raises:
        ConflictError: somebody else's write stands where ours should.
        RetryableError: the store did not answer, however often it was asked.
    """
    trouble: RetryableError | None = None
    for attempt in range(TRIES):
        try:
            perform(row)
        except ConflictError:
            if _is_ours(read(), row):
                return row
            raise
        except RetryableError as error:
            trouble = error
            clock.sleep(0.05 * 2**attempt)
            continue
        return row
    if _is_ours(read(), row):
        return row
    raise trouble or ConflictError("the write was never tried")


def removed(perform: Callable[[], None], *, clock: Clock) -> None:
    """Remove a row by *perform*, however often that is left unanswered.

    Raises:
        ConflictError: it has changed, or is gone, perhaps by our own hand.
        RetryableError: the store did not answer, however often it was asked.
    """
    trouble: RetryableError | None = None
    for attempt in range(TRIES):
        try:
            perform()
        except RetryableError as error:
            trouble = error
            clock.sleep(0.05 * 2**attempt)
            continue
        return
    raise trouble or ConflictError("the row was never removed")


def _is_ours(found: Nonced | None, row: Nonced) -> bool:
    return found is not None and (found.version, found.nonce) == (row.version, row.nonce)
