"""Pushes published messages to HTTP endpoints, and again by the subscription's strategy.

What is still to be delivered lies in the database, so a kill costs nothing but a repetition:
subscribers must expect a message twice.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.mns.attributes import Subscription
from scripts.localcloud.services.mns.notifications import (
    Published,
    is_bare,
    milliseconds,
    notification_body,
)
from scripts.localcloud.services.mns.signing import Push
from scripts.localcloud.services.mns.topics import Topics

LOG = logging.getLogger("scripts.localcloud")
ANSWER_WITHIN = 5.0
"""Seconds an endpoint has to answer."""
BACKOFF = (10.0, 15.0, 20.0)
"""Seconds before each repetition of BACKOFF_RETRY; after the last the message is dropped."""
DECAY_REPETITIONS = 176
LONGEST_DECAY = 512.0
IDLE = 3600.0
AT_ONCE = 32
DEFAULT_PATH = "/notifications"
"""Where a push goes whose endpoint names no path."""

Send = Callable[[Push], Awaitable[int]]
"""Sends a push and answers the HTTP status; raises OSError or aiohttp.ClientError."""
Sign = Callable[[Push], Push]
"""Adds date and signature to a push; may take long enough to be kept off the event loop."""


def pause_before(strategy: str, repetition: int) -> float | None:
    """Seconds before the repetition (1 is the first); None when there is none any more."""
    if strategy == "EXPONENTIAL_DECAY_RETRY":
        exponent = min(repetition - 1, 9)
        return min(2.0**exponent, LONGEST_DECAY) if repetition <= DECAY_REPETITIONS else None
    return BACKOFF[repetition - 1] if repetition <= len(BACKOFF) else None


def make_push(subscription: Subscription, published: Published, owner: str) -> Push:
    """The request that brings a message to an endpoint, as yet without date and signature."""
    body = notification_body(subscription, published, owner).encode()
    bare = is_bare(subscription)
    about = _about(subscription, published, owner) if bare else {}
    form = "plain" if bare else "json" if subscription.notify_content_format == "JSON" else "xml"
    headers = {
        "Content-Type": f"text/{form};charset=utf-8",
        "Content-MD5": _digest(body, bare=bare),
        "x-mns-version": "2015-06-06",
        "x-mns-request-id": uuid.uuid4().hex[:24].upper(),
        "User-Agent": "Aliyun Notification Service Agent",
        **about,
    }
    return Push(url=_address(subscription.endpoint), headers=headers, body=body)


def _about(subscription: Subscription, published: Published, owner: str) -> dict[str, str]:
    """What the other forms tell in their documents stands in the headers of a bare body."""
    tag = {"x-mns-message-tag": published.tag} if published.tag else {}
    return {
        "x-mns-message-id": published.message_id,
        "x-mns-publish-time": str(milliseconds(published.published_at)),
        "x-mns-subscriber": owner,
        "x-mns-subscription-name": subscription.name,
        "x-mns-topic-name": published.topic,
        "x-mns-topic-owner": owner,
        **tag,
    }


def _digest(body: bytes, *, bare: bool) -> str:
    """MD5 as the service writes it: of a bare body in capitals, of a document in Base64."""
    digits = hashlib.md5(body, usedforsecurity=False).hexdigest()
    return digits.upper() if bare else base64.b64encode(digits.encode()).decode()


def _address(endpoint: str) -> str:
    url = URL(endpoint)
    return str(url if urlsplit(endpoint).path else url.with_path(DEFAULT_PATH))


class Deliveries:
    """The pushes that are due, worked off by one task."""

    def __init__(
        self,
        database: Database,
        topics: Topics,
        now: Callable[[], float],
        sleep_until: Callable[[float], Awaitable[None]],
        *,
        send: Send,
        sign: Sign,
    ) -> None:
        self._database, self._topics, self._now = database, topics, now
        self._sleep_until, self._send, self._sign = sleep_until, send, sign
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Say that something was published."""
        self._news.set()

    async def run(self) -> None:
        """Work off what is due, for ever."""
        while True:
            self._news.clear()
            await self.work_off()
            await self._wait()

    async def _wait(self) -> None:
        row = self._database.query_one("SELECT min(due_at) FROM deliveries")
        due = row[0] if row is not None and row[0] is not None else self._now() + IDLE
        waits = [
            asyncio.ensure_future(self._news.wait()),
            asyncio.ensure_future(self._sleep_until(due)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def work_off(self) -> None:
        """Push everything that is due by now, a few at once."""
        while rows := self._database.query(
            "SELECT d.id, d.subscription, d.attempts, p.* FROM deliveries d"
            " JOIN published p ON p.id = d.published WHERE d.due_at <= ? ORDER BY d.id LIMIT ?",
            (self._now(), AT_ONCE),
        ):
            await asyncio.gather(*(self._deliver(row) for row in rows))

    async def _deliver(self, row: Any) -> None:
        subscription = self._topics.find_subscription(row["topic"], row["subscription"])
        number, attempts = row[0], row["attempts"] + 1
        if subscription is None or await self._accepted(subscription, row):
            self._database.execute("DELETE FROM deliveries WHERE id = ?", (number,))
            return
        pause = pause_before(subscription.notify_strategy, attempts)
        if pause is None:
            LOG.warning("mns: %s takes no message, dropped after %d", subscription.name, attempts)
            self._database.execute("DELETE FROM deliveries WHERE id = ?", (number,))
            return
        self._database.execute(
            "UPDATE deliveries SET attempts = ?, due_at = ? WHERE id = ?",
            (attempts, self._now() + pause, number),
        )

    async def _accepted(self, subscription: Subscription, row: Any) -> bool:
        published = Published(
            topic=row["topic"],
            message_id=row["message_id"],
            body=row["body"],
            tag=row["tag"],
            published_at=row["published_at"],
        )
        unsigned = make_push(subscription, published, self._topics.owner)
        push = await asyncio.to_thread(self._sign, unsigned)
        try:
            status = await asyncio.wait_for(self._send(push), ANSWER_WITHIN)
        except (OSError, aiohttp.ClientError, asyncio.TimeoutError):
            return False
        return 200 <= status < 300  # noqa: PLR2004 - HTTP's success


async def send_by_http(session: aiohttp.ClientSession, push: Push) -> int:
    """Send a push; redirects are not followed, so that nothing leaves the loopback."""
    address = URL(push.url, encoded=True)  # as it was signed
    async with session.post(
        address, data=push.body, headers=push.headers, allow_redirects=False
    ) as answer:
        return answer.status
