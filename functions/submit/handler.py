"""submit: an upload event in, one job per record out, each taken as far as it goes at once."""

from __future__ import annotations

from typing import Any

from shared.bootstrap import submit
from shared.wire import checkup, oss_event


def initialize(context: Any) -> None:
    """Once per instance, before the first event: build the clients."""
    submit.build(context)


def handler(event: bytes, context: Any) -> dict[str, Any]:
    """Accept every record; an error here makes Function Compute deliver the event again."""
    if checkup.is_asked(event):
        return submit.examine(context)
    return submit.build(context)(oss_event.parse(event))
