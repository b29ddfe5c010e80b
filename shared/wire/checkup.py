"""A question to a deployed function: what may your role do? Asked by `maskline doctor`."""

from __future__ import annotations

import json
from typing import Final

PAYLOAD: Final = b'{"checkup":1}'
"""No trigger sends this: an event of OSS has `events`, one of EventBridge `data`."""


def is_asked(event: bytes) -> bool:
    """Whether the event is the question and nothing else."""
    return event.strip() == PAYLOAD


def permissions(answer: bytes) -> dict[str, str] | None:
    """What stood in the way, by permission ("" where nothing); None: this is no such answer."""
    try:
        told = json.loads(answer)["permissions"]
    except (ValueError, TypeError, KeyError):
        return None
    return {str(name): str(said) for name, said in told.items()} if isinstance(told, dict) else None
