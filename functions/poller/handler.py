"""poller: a tick or a wake-up in; tasks followed, slots filled, chores done, until none is left."""

from __future__ import annotations

from typing import Any

from shared.bootstrap import poller
from shared.wire import timer


def initialize(context: Any) -> None:
    """Once per instance, before the first event: build the clients."""
    poller.build(context)


def handler(event: bytes, context: Any) -> dict[str, Any]:
    """Drain until nothing is due within a minute, or hand over before the time is up."""
    return poller.build(context)(timer.parse(event))
