"""Whether messages may be sent, received and deleted, tried with what no message can be."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from mns.queue import Message
from mns.topic import TopicMessage

from shared.adapters.mns.errors import translated
from shared.adapters.mns.failures import LARGEST_BATCH
from shared.adapters.mns.sink import LARGEST_BODY
from shared.ports.permissions import NOTHING, Trial

TOO_LARGE: Final = "x" * (2 * LARGEST_BODY)
"""Such a message is refused, whoever sends it (contracts/alibaba-cloud.md, 8)."""


def topic_trials(account: Any, topic: str) -> Iterator[tuple[str, Trial]]:
    """PublishMessage to a topic."""
    yield f"mns:PublishMessage {topic}", partial(_published, account.get_topic(topic))


def queue_trials(account: Any, name: str) -> Iterator[tuple[str, Trial]]:
    """What the failure queue is filled and emptied with."""
    queue = account.get_queue(name)
    queue.set_encoding(False)
    yield f"mns:SendMessage {name}", partial(_sent, queue)
    yield f"mns:BatchReceiveMessage {name}", partial(_received, queue)
    yield f"mns:DeleteMessage {name}", partial(_deleted, queue)


def _published(topic: Any) -> None:
    with translated("PublishMessage"):
        topic.publish_message(TopicMessage(TOO_LARGE))


def _sent(queue: Any) -> None:
    with translated("SendMessage"):
        queue.send_message(Message(TOO_LARGE))


def _received(queue: Any) -> None:
    with translated("BatchReceiveMessage"):
        queue.batch_receive_message(LARGEST_BATCH + 1, 0)


def _deleted(queue: Any) -> None:
    with translated("DeleteMessage"):
        queue.delete_message(NOTHING)
