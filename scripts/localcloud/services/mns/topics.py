"""Topics, their subscriptions and what was published on them. No HTTP.

A message for a queue goes there in the transaction that publishes it; one for an HTTP endpoint
becomes a delivery, which survives a kill and is retried by its subscription's strategy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.mns.attributes import (
    MAX_TAG,
    Subscription,
    TopicAttributes,
    check_name,
    check_subscription,
)
from scripts.localcloud.services.mns.exceptions import (
    AlreadyExistError,
    InvalidArgumentError,
    NotExistError,
)
from scripts.localcloud.services.mns.notifications import Published, notification_body
from scripts.localcloud.services.mns.queues import Queues
from scripts.localcloud.services.mns.stored_messages import (
    Draft,
    check_size,
    new_message_id,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic as it is. `created_at` and `modified_at` in epoch seconds."""

    name: str
    attributes: TopicAttributes
    created_at: float
    modified_at: float


class Topics:
    """All topics of the account `owner`."""

    def __init__(
        self, database: Database, now: Callable[[], float], queues: Queues, owner: str
    ) -> None:
        self._database, self._now, self._queues = database, now, queues
        self.owner = owner

    # --- topics -----------------------------------------------------------------------------

    def create(self, name: str, sent: Mapping[str, Any]) -> bool:
        """Make a topic; answers False when one just like it is there."""
        check_name(name, "topic")
        attributes = TopicAttributes(**sent)
        with self._database.transaction():
            row = self._row(name)
            if row is not None:
                if TopicAttributes(**json.loads(row["body"])) != attributes:
                    raise AlreadyExistError("Topic")
                return False
            now = self._now()
            self._database.execute(
                "INSERT INTO topics VALUES (?, ?, ?, ?)",
                (name, json.dumps(asdict(attributes)), now, now),
            )
        return True

    def _row(self, name: str) -> Any:
        return self._database.query_one("SELECT * FROM topics WHERE name = ?", (name,))

    def get(self, name: str) -> Topic:
        """Find a topic.

        Raises:
            NotExistError: there is none.
        """
        row = self._row(name)
        if row is None:
            raise NotExistError("Topic")
        return Topic(
            name=name,
            attributes=TopicAttributes(**json.loads(row["body"])),
            created_at=row["created_at"],
            modified_at=row["modified_at"],
        )

    def change(self, name: str, sent: Mapping[str, Any]) -> None:
        """Set the attributes that were sent."""
        with self._database.transaction():
            attributes = replace(self.get(name).attributes, **sent)
            self._database.execute(
                "UPDATE topics SET body = ?, modified_at = ? WHERE name = ?",
                (json.dumps(asdict(attributes)), self._now(), name),
            )

    def delete(self, name: str) -> None:
        """Drop a topic and its subscriptions; what was published stays on record."""
        with self._database.transaction():
            self._database.execute("DELETE FROM topics WHERE name = ?", (name,))
            self._database.execute("DELETE FROM subscriptions WHERE topic = ?", (name,))
            self._database.execute("DELETE FROM deliveries WHERE topic = ?", (name,))

    def names(self) -> list[str]:
        """All names, in order."""
        return [row[0] for row in self._database.query("SELECT name FROM topics ORDER BY name")]

    # --- subscriptions ----------------------------------------------------------------------

    def subscribe(self, asked: Subscription) -> bool:
        """Make a subscription; answers False when one just like it is there."""
        check_subscription(asked)
        with self._database.transaction():
            self.get(asked.topic)
            known = self.find_subscription(asked.topic, asked.name)
            if known is not None:
                if not known.same_as(asked):
                    raise AlreadyExistError("Subscription")
                return False
            now = self._now()
            self._keep(replace(asked, created_at=now, modified_at=now))
        return True

    def _keep(self, subscription: Subscription) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?)",
            (subscription.topic, subscription.name, json.dumps(asdict(subscription))),
        )

    def find_subscription(self, topic: str, name: str) -> Subscription | None:
        """Look for a subscription."""
        row = self._database.query_one(
            "SELECT body FROM subscriptions WHERE topic = ? AND name = ?", (topic, name)
        )
        return None if row is None else Subscription(**json.loads(row[0]))

    def subscription(self, topic: str, name: str) -> Subscription:
        """Find a subscription.

        Raises:
            NotExistError: there is no such topic, or no such subscription.
        """
        self.get(topic)
        found = self.find_subscription(topic, name)
        if found is None:
            raise NotExistError("Subscription")
        return found

    def change_strategy(self, topic: str, name: str, strategy: str) -> None:
        """Set how failed deliveries are repeated."""
        with self._database.transaction():
            changed = replace(
                self.subscription(topic, name), notify_strategy=strategy, modified_at=self._now()
            )
            check_subscription(changed)
            self._keep(changed)

    def unsubscribe(self, topic: str, name: str) -> None:
        """Drop a subscription and what was still to be delivered to it."""
        with self._database.transaction():
            self.get(topic)
            for table, column in (("subscriptions", "name"), ("deliveries", "subscription")):
                self._database.execute(
                    f"DELETE FROM {table} WHERE topic = ? AND {column} = ?",  # noqa: S608 - names from the line above
                    (topic, name),
                )

    def subscriptions(self, topic: str) -> list[Subscription]:
        """A topic's subscriptions, by name."""
        self.get(topic)
        rows = self._database.query(
            "SELECT body FROM subscriptions WHERE topic = ? ORDER BY name", (topic,)
        )
        return [Subscription(**json.loads(row[0])) for row in rows]

    # --- messages ---------------------------------------------------------------------------

    def publish(
        self, topic: str, body: str, tag: str = "", properties: Mapping[str, Any] | None = None
    ) -> Published:
        """Publish a message to all whom it concerns, and keep it on record."""
        if len(tag) > MAX_TAG:
            raise InvalidArgumentError(f"MessageTag takes {MAX_TAG} characters at most.")
        with self._database.transaction():
            check_size(body, self.get(topic).attributes.maximum_message_size)
            published = Published(
                topic=topic,
                message_id=new_message_id(),
                body=body,
                tag=tag,
                published_at=self._now(),
            )
            number = self._record(published, properties or {})
            for subscription in self.subscriptions(topic):
                if subscription.wants(tag):
                    self._hand_over(subscription, published, number)
        return published

    def _record(self, published: Published, properties: Mapping[str, Any]) -> int:
        self._database.execute(
            "INSERT INTO published (topic, message_id, body, tag, properties, published_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                published.topic,
                published.message_id,
                published.body,
                published.tag,
                json.dumps(properties),
                published.published_at,
            ),
        )
        number: int = self._database.query("SELECT last_insert_rowid()")[0][0]
        return number

    def _hand_over(self, subscription: Subscription, published: Published, number: int) -> None:
        queue = subscription.queue()
        if queue is None:
            self._database.execute(
                "INSERT INTO deliveries (published, topic, subscription, attempts, due_at)"
                " VALUES (?, ?, ?, 0, ?)",
                (number, subscription.topic, subscription.name, self._now()),
            )
        elif queue in self._queues.names():  # a subscriber that is gone takes nothing
            body = notification_body(subscription, published, self.owner)
            self._queues.deliver(queue, Draft(body=body))

    def messages(self, topic: str) -> list[dict[str, Any]]:
        """Everything ever published on a topic, oldest first, bodies as sent."""
        rows = self._database.query(
            "SELECT message_id, body, tag, published_at FROM published WHERE topic = ? ORDER BY id",
            (topic,),
        )
        return [
            {
                "message_id": row["message_id"],
                "body": row["body"],
                "tag": row["tag"],
                "publish_time": row["published_at"],
            }
            for row in rows
        ]

    def count(self, topic: str) -> int:
        """How many messages were published on a topic."""
        row = self._database.query("SELECT count(*) FROM published WHERE topic = ?", (topic,))[0]
        number: int = row[0]
        return number
