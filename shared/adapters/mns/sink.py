"""Events to an SMQ topic: CloudEvents 1.0, structured JSON, the short type as the filter tag."""

from __future__ import annotations

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
    """`EventSink` named `mns` on an account of `client.connect`."""

    name = "mns"

    def __init__(self, account: Any, topic: str) -> None:
        self._topic = account.get_topic(topic)
        self._where = f"PublishMessage {topic}"

    def publish(self, event: CloudEvent) -> None:
        """Hand the event over. Raises PortError; RejectedError where it is over 64 KB."""
        body = structured(event)
        if len(body.encode()) > LARGEST_BODY:
            raise RejectedError(f"the event {event.id} is larger than the 64 KB of a topic message")
        with translated(self._where):
            self._topic.publish_message(TopicMessage(body, tag_of(event.type)))


def tag_of(event_type: str) -> str:
    """The type without `maskline.`, at most 16 characters: `job.done`, `pipeline.stopped`."""
    return event_type.removeprefix(_COMMON)[:LONGEST_TAG]
