"""How services reach each other: named topics inside the process, nothing kept, nothing retried.

Topics: `oss.object-created` ({"record": an OSS event record}), `fc.destination`
({"arn": where to, "message": what FC says about an invocation}), `mns.published`
({"notice": a message as a subscriber is told of it, "tag": its tag}).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Handler = Callable[[Message], Awaitable[None]]


class Bus:
    """Publish and subscribe within one event loop."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[Handler]] = defaultdict(list)

    def subscribe(self, topic: str, handler: Handler) -> None:
        """Call `handler` with every message published on `topic` from now on."""
        self._handlers[topic].append(handler)

    async def publish(self, topic: str, message: Message) -> None:
        """Give `message` to every subscriber and return when all have taken it.

        What a handler raises reaches the publisher, who keeps the message until it is taken.
        """
        for handler in list(self._handlers[topic]):
            await handler(message)
