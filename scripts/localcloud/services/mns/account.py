"""The account's queues and topics together, as the operations work on them."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.mns.exceptions import MnsError
from scripts.localcloud.services.mns.queues import Queues
from scripts.localcloud.services.mns.storage import prepare
from scripts.localcloud.services.mns.stored_messages import (
    Draft,
    Message,
)
from scripts.localcloud.services.mns.topics import Topics

LOG = logging.getLogger("scripts.localcloud")

_DESTINATION = re.compile(r"acs:mns:[^:]*:[^:]*:/?(queues|topics)/([^/]+)(?:/messages)?")


class Account:
    """State and waiting. `endpoint` is the service's own `http://127.0.0.1:PORT`."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], float],
        sleep_until: Callable[[float], Awaitable[None]],
        *,
        owner: str,
        endpoint: str,
    ) -> None:
        prepare(database)
        self._database = database
        self.now, self.endpoint = now, endpoint
        self.queues = Queues(database, now)
        self.topics = Topics(database, now, self.queues, owner)
        self.on_published: Callable[[], None] = lambda: None
        self._sleep_until = sleep_until
        self._arrivals: dict[str, set[asyncio.Event]] = defaultdict(set)

    def logging_bucket(self) -> str:
        """The bucket that logs are to go to; empty where none was named. None are shipped here."""
        row = self._database.query_one("SELECT value FROM account WHERE name = 'LoggingBucket'")
        return "" if row is None else str(row[0])

    def name_logging_bucket(self, bucket: str) -> None:
        """Keep the bucket's name."""
        self._database.execute(
            "INSERT OR REPLACE INTO account VALUES ('LoggingBucket', ?)", (bucket,)
        )

    def send(self, queue: str, draft: Draft) -> Message:
        """Put a message into a queue and wake who waits for it."""
        message = self.queues.send(queue, draft)
        self._arrived(queue)
        return message

    def _arrived(self, queue: str) -> None:
        for waiter in self._arrivals[queue]:
            waiter.set()

    def publish(self, topic: str, body: str, tag: str, properties: dict[str, Any]) -> str:
        """Publish a message; answers its id."""
        published = self.topics.publish(topic, body, tag, properties)
        for subscription in self.topics.subscriptions(topic):
            queue = subscription.queue()
            if queue is not None:
                self._arrived(queue)
        self.on_published()
        return published.message_id

    async def receive(self, queue: str, count: int, wait_seconds: int | None) -> list[Message]:
        """Take up to `count` messages, waiting for the first one for so many seconds at most.

        None waits as long as the queue says.
        """
        attributes = self.queues.get(queue).attributes
        wait = attributes.polling_wait_seconds if wait_seconds is None else wait_seconds
        deadline = self.now() + wait
        arrival = asyncio.Event()
        self._arrivals[queue].add(arrival)
        try:
            while not (messages := self.queues.receive(queue, count)) and self.now() < deadline:
                arrival.clear()
                await self._wait(arrival, queue, deadline)
        finally:
            self._arrivals[queue].discard(arrival)
        return messages

    async def _wait(self, arrival: asyncio.Event, queue: str, deadline: float) -> None:
        shows = self.queues.next_visible(queue)
        until = deadline if shows is None else min(deadline, shows)
        waits = [
            asyncio.ensure_future(arrival.wait()),
            asyncio.ensure_future(self._sleep_until(until)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def take_destination(self, message: dict[str, Any]) -> None:
        """Put what Function Compute says about an invocation where its ARN points.

        A queue or topic that is not there loses it, as in the cloud; the log says so.

        Raises:
            MnsError: it is lost.
        """
        match = _DESTINATION.fullmatch(message["arn"])
        if match is None:
            return
        kind, name = match.groups()
        body = json.dumps(message["message"], ensure_ascii=False)
        try:
            if kind == "queues":
                self.send(name, Draft(body=body))
            else:
                self.publish(name, body, "", {})
        except MnsError as error:
            LOG.warning("mns: destination %s lost a message: %s", message["arn"], error.code)
            raise
