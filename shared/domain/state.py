"""The states of a job. Their names are part of the interface."""

from __future__ import annotations

from enum import Enum


class JobState(str, Enum):
    """Where a job stands; the README's table is printed from `machine.TRANSITIONS`."""

    QUEUED = "QUEUED"
    SUBMITTING = "SUBMITTING"
    UNCERTAIN = "UNCERTAIN"
    RUNNING = "RUNNING"
    FINALIZING = "FINALIZING"
    DONE = "DONE"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    LOST = "LOST"

    def __str__(self) -> str:
        return self.value

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the picture by itself."""
        return self in _FINAL

    @property
    def holds_slot(self) -> bool:
        """Whether the job's attempt occupies, or may occupy, the provider."""
        return self in _AT_PROVIDER


_FINAL = frozenset({JobState.DONE, JobState.REJECTED, JobState.FAILED, JobState.LOST})
_AT_PROVIDER = frozenset({JobState.SUBMITTING, JobState.UNCERTAIN, JobState.RUNNING})
