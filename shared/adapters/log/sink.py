"""Events as lines of the function's log."""

from __future__ import annotations

import json
import logging

from shared.domain.events import CloudEvent

_log = logging.getLogger("maskline.events")


class LogSink:
    """`EventSink` that is always there, and never in doubt."""

    def __init__(self, *, name: str = "log") -> None:
        self.name = name

    def publish(self, event: CloudEvent) -> str:
        """Write one line; the event's data go along as fields of it."""
        facts = {
            "event_id": event.id,
            "event_type": event.type,
            "subject": event.subject,
            "sequence": event.sequence,
            "data": json.dumps(dict(event.data), ensure_ascii=False, default=str),
        }
        _log.info("%s %s", event.type, event.subject, extra={"facts": facts})
        return "written"
