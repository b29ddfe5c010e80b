"""`MessageInspector` on an account of `client.connect`."""

from __future__ import annotations

import warnings
from typing import Any

from shared.adapters.mns.errors import translated
from shared.ports.errors import NotFoundError


class MnsInspector:
    """Looks at topic and queue; no message is sent or received."""

    def __init__(self, account: Any) -> None:
        self._account = account

    def has_topic(self, name: str) -> bool:
        """Whether the topic is there."""
        try:
            with translated(f"GetTopicAttributes {name}"):
                self._account.get_topic(name).get_attributes()
        except NotFoundError:
            return False
        return True

    def waiting(self, queue: str) -> int | None:
        """How many messages wait; None where there is no such queue."""
        try:
            with translated(f"GetQueueAttributes {queue}"):
                told = self._account.get_queue(queue).get_attributes()
        except NotFoundError:
            return None
        with warnings.catch_warnings():  # the SDK announces an end of this count, and has no other
            warnings.simplefilter("ignore", DeprecationWarning)
            return max(0, int(getattr(told, "active_messages", None) or 0))
