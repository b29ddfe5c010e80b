"""What the machine asks the shell to do, as data. Every effect is safe to repeat.

Effects stand in the job's row (`Job.pending`) from the write that caused them until they are
done, so a crash between the write and the deed leaves a note, not a gap.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.erasure import Erasure


@dataclass(frozen=True, slots=True)
class ReleaseSlot:
    """Take the attempt out of the gate; *billed* commits its quota reservation, else refunds it."""

    attempt: int
    billed: bool


@dataclass(frozen=True, slots=True)
class InvokeFinalizer:
    """Ask the finalizer for this job; the number makes the invocation's id."""

    finalize_attempt: int


@dataclass(frozen=True, slots=True)
class DropPin:
    """Delete a pinned copy; a POST still under way with its URL can then no longer succeed."""

    key: str


@dataclass(frozen=True, slots=True)
class SettleContent:
    """Tell those who wait for the same bytes how it ended: `stored`, `rejected` or `released`."""

    content_id: str
    outcome: str


@dataclass(frozen=True, slots=True)
class AcceptErasure:
    """Make the erasing a job of its own, if it is none yet, and see that somebody comes to it."""

    erasure: Erasure


Effect = ReleaseSlot | InvokeFinalizer | DropPin | SettleContent | AcceptErasure
