"""Events in CloudEvents' JSON form (specification 1.0, JSON event format 1.0), for every sink."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from shared.domain.events import CloudEvent

MEDIA_TYPE = "application/cloudevents+json"


def structured(event: CloudEvent) -> str:
    """The event as one JSON object."""
    return json.dumps(document_of(event), ensure_ascii=False, separators=(",", ":"))


def document_of(event: CloudEvent) -> dict[str, Any]:
    """Its attributes; `time` is RFC 3339 in UTC, `sequence` is text by its rule, `traceparent` that
    of the extension "Distributed Tracing".
    """
    time = datetime.fromtimestamp(event.time, timezone.utc).isoformat(timespec="milliseconds")
    traced = {"traceparent": event.trace} if event.trace else {}
    return {
        "specversion": "1.0",
        "id": event.id,
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": time.replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "sequence": str(event.sequence),
        **traced,
        "data": dict(event.data),
    }
