"""The fifth client: a queue, and a topic whose subscription ends in it, through the MNS SDK."""

from __future__ import annotations

import random
from typing import Any, Final

from mns.account import Account
from mns.mns_exception import MNSExceptionBase, MNSServerException
from mns.queue import Message, QueueMeta
from mns.subscription import SubscriptionMeta
from mns.topic import TopicMessage, TopicMeta

from tests.load.cast import Setting
from tests.load.knowledge import Knowledge
from tests.load.tally import UNANSWERED, RefusedError, UnansweredError

QUEUE: Final = "load-queue"
TOPIC: Final = "load-topic"
SHOWN_AGAIN: Final = 30
"""Seconds for which a message that was received is hidden."""


class Postman:
    """Knows what was sent and not yet deleted: all of that, and nothing else, is in the queue."""

    name = "postman (mns)"
    expected = frozenset(
        {"mns.ReceiveMessage MessageNotExist", "mns.DeleteMessage MessageNotExist"}
    )

    def __init__(self, setting: Setting, seed: int) -> None:
        self._tally = setting.tally
        self._control = setting.control
        self._dice = random.Random(seed)
        told = setting.description
        self._account = Account(
            told["mns_endpoint"], told["access_key_id"], told["access_key_secret"]
        )
        self._queue = self._account.get_queue(QUEUE)
        self._queue.set_encoding(False)
        self._topic = self._account.get_topic(TOPIC)
        self._knows: Knowledge[str] = Knowledge()
        self._count = 0
        self._make(str(told["account_id"]), str(told["region"]))

    def step(self) -> None:
        """One call, or a receipt and its end."""
        kind = self._dice.random()
        if kind < 0.35:
            self._send()
        elif kind < 0.5:
            self._publish()
        else:
            self._receive()

    def verify(self) -> None:
        """The queue is emptied; what comes is what is known. Ends where nothing comes any more."""
        self._control("/_control/clock", {"advance": SHOWN_AGAIN + 1})
        found = set()
        try:
            while True:
                found.add(self._receive())
        except RefusedError:
            pass
        for body in self._knows.names():
            if self._knows.possible(body) == {"there"} and body not in found:
                self._tally.say_wrong(f"mns: {body} was acknowledged and is not in the queue")

    def close(self) -> None:
        """Close the connection."""
        self._account.mns_client.close_connection()

    def _make(self, account: str, region: str) -> None:
        meta = QueueMeta()
        meta.set_visibilitytimeout(SHOWN_AGAIN)
        self._call("mns.CreateQueue", lambda: self._queue.create(meta))
        self._call("mns.CreateTopic", lambda: self._topic.create(TopicMeta()))
        endpoint = f"acs:mns:{region}:{account}:queues/{QUEUE}"
        wanted = SubscriptionMeta(endpoint, notify_content_format="SIMPLIFIED")
        subscription = self._account.get_subscription(TOPIC, "to-queue")
        self._call("mns.Subscribe", lambda: subscription.subscribe(wanted))

    def _send(self) -> None:
        body = self._body()
        self._write(body, "mns.SendMessage", lambda: self._queue.send_message(Message(body)))

    def _publish(self) -> None:
        body = self._body()
        self._write(
            body, "mns.PublishMessage", lambda: self._topic.publish_message(TopicMessage(body))
        )

    def _receive(self) -> str:
        message = self._call("mns.ReceiveMessage", lambda: self._queue.receive_message(0))
        body = str(message.message_body)
        if "there" not in self._knows.possible(body):
            self._tally.say_wrong(f"mns: {body} comes, though it was deleted or never sent")
        try:
            self._call(
                "mns.DeleteMessage", lambda: self._queue.delete_message(message.receipt_handle)
            )
        except UnansweredError:
            self._knows.may_have_written(body, None)
            raise
        self._knows.wrote(body, None)
        return body

    def _write(self, body: str, operation: str, call: Any) -> None:
        try:
            self._call(operation, call)
        except UnansweredError:
            self._knows.may_have_written(body, "there")
            raise
        self._knows.wrote(body, "there")

    def _call(self, operation: str, call: Any) -> Any:
        return self._tally.attempt(operation, call, _code)

    def _body(self) -> str:
        self._count += 1
        return f"{self._count}-" + "m" * self._dice.randrange(500)


def _code(error: BaseException) -> str | None:
    if isinstance(error, MNSServerException):
        return str(error.type)
    return UNANSWERED if isinstance(error, MNSExceptionBase) else None
