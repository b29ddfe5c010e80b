"""What other services have for functions: messages of topics, reports of how invocations ended.

A topic's message goes to the functions that subscribe to it by a trigger. Where the trigger names
no form of the content it is `STREAM` (help.aliyun.com, MNSTopicTriggerConfig); the two forms are
those of contracts/alibaba-cloud.md, 3.5, without a message's attributes, which are not kept here.
The topic keeps a message until it lies in the queue of invocations, so the trigger's retry strategy
has nothing to do here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.invocations import InvocationQueue
from scripts.localcloud.services.fc.permissions import Permissions
from scripts.localcloud.services.fc.registry import Document
from scripts.localcloud.services.fc.responses import encode
from scripts.localcloud.services.fc.specification import LATEST
from scripts.localcloud.services.fc.triggers import TOPIC, TOPIC_SOURCE, Triggers


class Arrivals:
    """Queues an invocation for each function that something on the bus concerns."""

    def __init__(
        self,
        cloud: Cloud,
        *,
        triggers: Triggers,
        queue: InvocationQueue,
        permissions: Permissions,
        queued: Callable[[], None],
    ) -> None:
        self._cloud = cloud
        self._triggers = triggers
        self._queue = queue
        self._permissions = permissions
        self._queued = queued

    async def take_message(self, message: dict[str, Any]) -> None:
        """Take a message that was published, as MNS tells it."""
        notice = message["notice"]
        for path, trigger in self._triggers.of_type(TOPIC).items():
            _, service, _, function, *_ = path.split("/")
            target = (service, function, trigger["qualifier"] or LATEST)
            if not _wants(trigger, notice["TopicName"], message["tag"]):
                continue
            if not self._permissions.may_deliver(
                trigger["invocationRole"], target, sender="mns.aliyuncs.com"
            ):
                continue
            self._queue.add(target, _payload(trigger, notice), now=self._cloud.clock.now())
        self._queued()

    async def take_report(self, message: dict[str, Any]) -> None:
        """Take a report whose destination is a function: `acs:fc:...:services/s.q/functions/f`."""
        _, _, place = str(message["arn"]).partition(":services/")
        service, slash, function = place.partition("/functions/")
        if not slash:
            return
        name, _, qualifier = service.partition(".")
        target = (name, function, qualifier or LATEST)
        self._queue.add(target, encode(message["message"]), now=self._cloud.clock.now())
        self._queued()


def _wants(trigger: Document, topic: str, tag: str) -> bool:
    source = TOPIC_SOURCE.fullmatch(trigger["sourceArn"])
    wanted = trigger["triggerConfig"].get("filterTag", "")
    return source is not None and source["topic"] == topic and wanted in ("", tag)


def _payload(trigger: Document, notice: Document) -> bytes:
    if trigger["triggerConfig"].get("notifyContentFormat") != "JSON":
        return str(notice["Message"]).encode()
    told = {**notice, "SubscriptionName": trigger["triggerName"]}
    return encode(told)
