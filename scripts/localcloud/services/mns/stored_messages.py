"""Messages as they are sent to a queue and as they lie in it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scripts.localcloud.services.mns.exceptions import InvalidArgumentError

LOWEST_PRIORITY, DEFAULT_PRIORITY = 16, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to be sent; None takes the queue's value."""

    body: str
    priority: int = DEFAULT_PRIORITY
    delay_seconds: int | None = None
    properties: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message in a queue. `receipt_handle` is there when it was received."""

    message_id: str
    body: str
    priority: int
    properties: Mapping[str, Any]
    enqueued_at: float
    visible_at: float
    first_dequeued_at: float | None
    dequeue_count: int
    receipt_handle: str | None = None


def new_message_id() -> str:
    """Thirty-two hexadecimal digits."""
    return secrets.token_hex(16).upper()


def body_digest(body: str) -> str:
    """MD5 of a body, as the vendor writes it."""
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest().upper()


def check_size(body: str, limit: int) -> None:
    """A body has one byte at least and the limit at most."""
    size = len(body.encode())
    if not 1 <= size <= limit:
        raise InvalidArgumentError(
            f"The value of MessageBody should between 1 and {limit} seconds/bytes, not {size}."
        )


def read_message(row: Any) -> Message:
    """A message of the table `messages`."""
    return Message(
        message_id=row["message_id"],
        body=row["body"],
        priority=row["priority"],
        properties=json.loads(row["properties"]),
        enqueued_at=row["enqueued_at"],
        visible_at=row["visible_at"],
        first_dequeued_at=row["first_dequeued_at"],
        dequeue_count=row["dequeue_count"],
    )
