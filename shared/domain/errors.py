"""Our own errors:

DomainError
├── IllegalTransitionError   the signal has no meaning in the job's present state
└── GateError                the gate was asked for what it cannot hold
"""

from __future__ import annotations


class DomainError(Exception):
    """A mistake of ours, or a move that the rules forbid."""


class IllegalTransitionError(DomainError):
    """The signal has no meaning in the job's present state."""


class GateError(DomainError):
    """The gate was asked for what it cannot hold."""
