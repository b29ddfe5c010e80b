"""What a subscriber gets of a published message: XML, JSON, or the body alone."""

from __future__ import annotations

import json
from dataclasses import dataclass

from scripts.localcloud.services.mns.attributes import Subscription
from scripts.localcloud.services.mns.documents import write_document
from scripts.localcloud.services.mns.stored_messages import (
    body_digest,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A message on a topic. `published_at` in epoch seconds."""

    topic: str
    message_id: str
    body: str
    tag: str
    published_at: float


def is_bare(subscription: Subscription) -> bool:
    """Whether it wants a message's body alone."""
    return subscription.notify_content_format in ("SIMPLIFIED", "STREAM")


def milliseconds(seconds: float | None) -> int:
    """Epoch milliseconds; 0 for never."""
    return int((seconds or 0) * 1000)


def notification_body(subscription: Subscription, published: Published, owner: str) -> str:
    """The notification in the form that the subscription asks for."""
    if is_bare(subscription):
        return published.body
    elements = {
        "TopicOwner": owner,
        "TopicName": published.topic,
        "Subscriber": owner,
        "SubscriptionName": subscription.name,
        "MessageId": published.message_id,
        "MessageMD5": body_digest(published.body),
        "Message": published.body,
    }
    if published.tag:
        elements["MessageTag"] = published.tag
    publish_time = milliseconds(published.published_at)
    if subscription.notify_content_format == "JSON":
        return json.dumps({**elements, "PublishTime": publish_time}, ensure_ascii=False)
    return write_document("Notification", {**elements, "PublishTime": publish_time}).decode()
