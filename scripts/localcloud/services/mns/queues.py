"""Queues and their messages: turn, visibility, delay, handles, retention. No HTTP.

Times are epoch seconds of the clock that is handed in.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.mns.attributes import QueueAttributes, check_name
from scripts.localcloud.services.mns.exceptions import (
    AlreadyExistError,
    InvalidArgumentError,
    MessageNotExistError,
    NotExistError,
    ReceiptHandleError,
)
from scripts.localcloud.services.mns.stored_messages import (
    LOWEST_PRIORITY,
    Draft,
    Message,
    check_size,
    new_message_id,
    read_message,
)

LONGEST_VISIBILITY = 43200

_HANDLE = re.compile(r"([0-9]+)-([0-9A-F]{1,15})-([0-9a-f]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue as it is. `created_at` and `modified_at` in epoch seconds."""

    name: str
    attributes: QueueAttributes
    created_at: float
    modified_at: float


class Queues:
    """All queues of the account."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database, self._now = database, now

    # --- queues -----------------------------------------------------------------------------

    def create(self, name: str, sent: Mapping[str, Any]) -> bool:
        """Make a queue; answers False when one just like it is there.

        Raises:
            AlreadyExistError: one is there with other attributes.
        """
        check_name(name, "queue")
        attributes = QueueAttributes(**sent)
        with self._database.transaction():
            row = self._row(name)
            if row is not None:
                if QueueAttributes(**json.loads(row["body"])) != attributes:
                    raise AlreadyExistError("Queue")
                return False
            now = self._now()
            self._database.execute(
                "INSERT INTO queues VALUES (?, ?, ?, ?)",
                (name, json.dumps(asdict(attributes)), now, now),
            )
        return True

    def _row(self, name: str) -> Any:
        return self._database.query_one("SELECT * FROM queues WHERE name = ?", (name,))

    def get(self, name: str) -> Queue:
        """Find a queue.

        Raises:
            NotExistError: there is none.
        """
        row = self._row(name)
        if row is None:
            raise NotExistError("Queue")
        return Queue(
            name=name,
            attributes=QueueAttributes(**json.loads(row["body"])),
            created_at=row["created_at"],
            modified_at=row["modified_at"],
        )

    def change(self, name: str, sent: Mapping[str, Any]) -> None:
        """Set the attributes that were sent."""
        with self._database.transaction():
            attributes = replace(self.get(name).attributes, **sent)
            self._database.execute(
                "UPDATE queues SET body = ?, modified_at = ? WHERE name = ?",
                (json.dumps(asdict(attributes)), self._now(), name),
            )

    def delete(self, name: str) -> None:
        """Drop a queue and its messages; one that is not there is as good as dropped."""
        with self._database.transaction():
            self._database.execute("DELETE FROM queues WHERE name = ?", (name,))
            self._database.execute("DELETE FROM messages WHERE queue = ?", (name,))

    def names(self) -> list[str]:
        """All names, in order."""
        return [row[0] for row in self._database.query("SELECT name FROM queues ORDER BY name")]

    def counts(self, name: str) -> dict[str, int]:
        """Messages that can be received, are being worked on, and are not due yet."""
        rows = self._database.query(
            "SELECT visible_at <= ?, dequeue_count > 0, count(*) FROM messages"
            " WHERE queue = ? AND expires_at > ? GROUP BY 1, 2",
            (self._now(), name, self._now()),
        )
        counts = {"ActiveMessages": 0, "InactiveMessages": 0, "DelayMessages": 0}
        for visible, received, count in rows:
            kind = "Active" if visible else "Inactive" if received else "Delay"
            counts[f"{kind}Messages"] += count
        return counts

    # --- messages ---------------------------------------------------------------------------

    def send(self, name: str, draft: Draft) -> Message:
        """Put a client's message into a queue."""
        with self._database.transaction():
            check_size(draft.body, self.get(name).attributes.maximum_message_size)
            if not 1 <= draft.priority <= LOWEST_PRIORITY:
                raise InvalidArgumentError("The value of Priority should between 1 and 16.")
            return self.deliver(name, draft)

    def deliver(self, name: str, draft: Draft) -> Message:
        """Put the service's own message into a queue: a wrapped notification may be longer."""
        with self._database.transaction():
            attributes = self.get(name).attributes
            delay = attributes.delay_seconds if draft.delay_seconds is None else draft.delay_seconds
            now = self._now()
            message = Message(
                message_id=new_message_id(),
                body=draft.body,
                priority=draft.priority,
                properties=draft.properties or {},
                enqueued_at=now,
                visible_at=now + delay,
                first_dequeued_at=None,
                dequeue_count=0,
            )
            self._insert(name, message, now + attributes.message_retention_period)
        return message

    def _insert(self, name: str, message: Message, expires_at: float) -> None:
        self._database.execute(
            "INSERT INTO messages (queue, message_id, body, priority, properties, enqueued_at,"
            " visible_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                name,
                message.message_id,
                message.body,
                message.priority,
                json.dumps(message.properties),
                message.enqueued_at,
                message.visible_at,
                expires_at,
            ),
        )

    def _visible(self, name: str, count: int) -> list[Any]:
        self.get(name)
        now = self._now()
        return self._database.query(
            "SELECT * FROM messages WHERE queue = ? AND visible_at <= ? AND expires_at > ?"
            " ORDER BY priority, id LIMIT ?",
            (name, now, now, count),
        )

    def receive(self, name: str, count: int) -> list[Message]:
        """Take up to `count` messages: each is hidden for the queue's visibility timeout."""
        with self._database.transaction():
            hidden = self.get(name).attributes.visibility_timeout
            return [self._hide(row, hidden) for row in self._visible(name, count)]

    def _hide(self, row: Any, seconds: float) -> Message:
        now = self._now()
        receipt = secrets.token_hex(8)
        first = row["first_dequeued_at"] or now
        self._database.execute(
            "UPDATE messages SET receipt = ?, visible_at = ?, first_dequeued_at = ?,"
            " dequeue_count = dequeue_count + 1 WHERE id = ?",
            (receipt, now + seconds, first, row["id"]),
        )
        return replace(
            read_message(row),
            visible_at=now + seconds,
            first_dequeued_at=first,
            dequeue_count=row["dequeue_count"] + 1,
            receipt_handle=f"{row['priority']}-{row['id']:X}-{receipt}",
        )

    def peek(self, name: str, count: int) -> list[Message]:
        """Look at messages without taking them."""
        return [read_message(row) for row in self._visible(name, count)]

    def next_visible(self, name: str) -> float | None:
        """When the first message shows, be it over already; None where there is none.

        Asked right after a vain `receive`: a message that has come to show in between must not be
        left out, or its receiver would sleep over it.
        """
        row = self._database.query_one(
            "SELECT min(visible_at) FROM messages WHERE queue = ? AND expires_at > ?",
            (name, self._now()),
        )
        return None if row is None else row[0]

    def _held(self, name: str, handle: str) -> Any:
        self.get(name)
        match = _HANDLE.fullmatch(handle)
        if match is None:
            raise ReceiptHandleError
        row = self._database.query_one(
            "SELECT * FROM messages WHERE queue = ? AND id = ?", (name, int(match.group(2), 16))
        )
        if row is None:
            raise MessageNotExistError
        if row["receipt"] != match.group(3) or row["visible_at"] <= self._now():
            raise ReceiptHandleError
        return row

    def remove(self, name: str, handle: str) -> None:
        """Delete a message by its handle.

        Raises:
            ReceiptHandleError: the handle is none, or its time is over.
            MessageNotExistError: the message is gone already.
        """
        with self._database.transaction():
            row = self._held(name, handle)
            self._database.execute("DELETE FROM messages WHERE id = ?", (row["id"],))

    def change_visibility(self, name: str, handle: str, seconds: int) -> Message:
        """Hide a received message for so long from now on, under a new handle."""
        with self._database.transaction():
            row = self._held(name, handle)
            message = self._hide(row, seconds)
            self._database.execute(
                "UPDATE messages SET dequeue_count = ? WHERE id = ?",
                (row["dequeue_count"], row["id"]),
            )
        return message

    def purge(self) -> int:
        """Remove what outlived its queue's retention; answers how many messages went."""
        return self._database.execute("DELETE FROM messages WHERE expires_at <= ?", (self._now(),))
