"""EventBridge's refusals. Their form is what the vendor's client reads (`code`, `message`,
`requestId`); the codes are not documented, and named like those of its siblings.
"""

from __future__ import annotations


class EventBridgeError(Exception):
    """An answer with an error in it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message


class InvalidEventError(Exception):
    """One event of a request that cannot be taken; the others may be."""


def access_denied(code: str, message: str) -> EventBridgeError:
    """Who asks is not known, or is not who it says."""
    return EventBridgeError(403, code, message)


def invalid(message: str) -> EventBridgeError:
    """The request as a whole cannot be taken."""
    return EventBridgeError(400, "InvalidArgument", message)
