"""Events to an SMQ topic: CloudEvents 1.0, structured JSON, the short type as the filter tag."""

from __future__ import annotations

import threading
from typing import Any, Final

from mns.topic import TopicMessage

from shared.adapters.mns.errors import translated
from shared.domain.events import CloudEvent
from shared.ports.errors import RejectedError
from shared.transport.cloudevents import structured

LARGEST_BODY: Final = 64 * 1024
LONGEST_TAG: Final = 16
_COMMON: Final = "maskline."


class MnsTopicSink:
    """`EventSink` on an account of `client.connect` that is its own: the SDK's connection serves
    one call at a time.
    """

    def __init__(self, account: Any, topic: str, *, name: str = "mns") -> None:
        self.name = name
        self._lock = threading.Lock()
        self._topic = account.get_topic(topic)
        self._where = f"PublishMessage {topic}"

    def publish(self, event: CloudEvent) -> str:
        """Hand the event over. Raises PortError; RejectedError where it is over 64 KB."""
        body = structured(event)
        if len(body.encode()) > LARGEST_BODY:
            raise RejectedError(f"the event {event.id} is larger than the 64 KB of a topic message")
        with self._lock, translated(self._where):
            answer = self._topic.publish_message(TopicMessage(body, tag_of(event.type)))
        return f"message {answer.message_id}"


def tag_of(event_type: str) -> str:
    """The type without `maskline.`, at most 16 characters: `job.done`, `pipeline.stopped`."""
    return event_type.removeprefix(_COMMON)[:LONGEST_TAG]
