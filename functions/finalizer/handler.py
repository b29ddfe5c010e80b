"""finalizer: a job id and its attempt in, the result set in the bucket and the event out."""

from __future__ import annotations

from typing import Any

from shared.bootstrap import finalizer
from shared.wire import invocation


def initialize(context: Any) -> None:
    """Once per instance, before the first event: build the clients."""
    finalizer.build(context)


def handler(event: bytes, context: Any) -> dict[str, Any]:
    """Finalize one job; an error here makes Function Compute ask again."""
    return finalizer.build(context)(invocation.parse(event))
