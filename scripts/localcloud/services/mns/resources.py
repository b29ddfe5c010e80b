"""Topics, queues and subscriptions as resources of a template (`ALIYUN::MNS::*`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from scripts.localcloud.core.identity import Identity
from scripts.localcloud.core.resources import Made, Properties, ResourceError, ResourceType
from scripts.localcloud.services.mns.account import Account
from scripts.localcloud.services.mns.attributes import (
    QueueAttributes,
    Subscription,
    TopicAttributes,
    read_attributes,
)
from scripts.localcloud.services.mns.exceptions import MnsError, NotExistError
from scripts.localcloud.services.mns.queues import Queues
from scripts.localcloud.services.mns.topics import Topics


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What tells topics from queues; `holder` finds those of the account."""

    word: str
    attributes: type[Any]
    optional: frozenset[str]
    holder: Callable[[Account], Topics | Queues]


TOPIC = _Kind(
    word="Topic",
    attributes=TopicAttributes,
    optional=frozenset({"LoggingEnabled", "MaximumMessageSize", "Tags"}),
    holder=lambda account: account.topics,
)
QUEUE = _Kind(
    word="Queue",
    attributes=QueueAttributes,
    optional=frozenset(
        {
            *("DelaySeconds", "LoggingEnabled", "MaximumMessageSize", "MessageRetentionPeriod"),
            *("PollingWaitSeconds", "Tags", "VisibilityTimeout"),
        }
    ),
    holder=lambda account: account.queues,
)


class HolderType:
    """A topic or a queue."""

    def __init__(self, kind: _Kind, account: Account, identity: Identity) -> None:
        self._kind, self._account, self._identity = kind, account, identity
        self._name = f"{kind.word}Name"
        self.required = frozenset({self._name})
        self.optional = kind.optional
        self.fixed = self.required
        self.attributes = frozenset({self._name, f"{kind.word}Url", "ArnWithSlash"})

    def find(self, properties: Properties) -> Made | None:
        """The one of this name."""
        name = str(properties[self._name])
        return self._made(name) if name in self._holder.names() else None

    def create(self, properties: Properties) -> Made:
        """Make it."""
        name = str(properties[self._name])
        with _translated():
            self._holder.create(name, self._sent(properties))
        return self._made(name)

    def update(self, before: Properties, after: Properties) -> Made:
        """Set its attributes; one that is no longer named returns to its default."""
        del before  # they are set to what they are to be, whatever they were
        name = str(after[self._name])
        with _translated():
            everything = {**_defaults(self._kind.attributes), **self._sent(after)}
            self._holder.change(name, everything)
        return self._made(name)

    def delete(self, properties: Properties) -> None:
        """Remove it with what it holds."""
        self._holder.delete(str(properties[self._name]))

    @property
    def _holder(self) -> Topics | Queues:
        return self._kind.holder(self._account)

    def _sent(self, properties: Properties) -> dict[str, Any]:
        return read_attributes(self._kind.attributes, _texts(properties))

    def _made(self, name: str) -> Made:
        word, plural = self._kind.word, f"{self._kind.word.lower()}s"
        identity = self._identity
        attributes = {
            self._name: name,
            f"{word}Url": f"{self._account.endpoint}/{plural}/{name}",
            "ArnWithSlash": f"acs:mns:{identity.region}:{identity.account_id}:/{plural}/{name}",
        }
        return Made(identifier=name, attributes=attributes)


class SubscriptionType:
    """A subscription to a topic."""

    required = frozenset({"Endpoint", "SubscriptionName", "TopicName"})
    optional = frozenset({"FilterTag", "NotifyContentFormat", "NotifyStrategy"})
    fixed = frozenset({*required, "FilterTag", "NotifyContentFormat"})
    attributes = frozenset({"SubscriptionName", "SubscriptionUrl", "TopicName"})

    def __init__(self, account: Account) -> None:
        self._account = account

    def find(self, properties: Properties) -> Made | None:
        """The one of this name and topic."""
        topic, name = str(properties["TopicName"]), str(properties["SubscriptionName"])
        known = self._account.topics.find_subscription(topic, name)
        return None if known is None else self._made(topic, name)

    def create(self, properties: Properties) -> Made:
        """Subscribe."""
        topic, name = str(properties["TopicName"]), str(properties["SubscriptionName"])
        asked = Subscription(
            topic=topic,
            name=name,
            endpoint=str(properties["Endpoint"]),
            filter_tag=str(properties.get("FilterTag", "")),
            notify_strategy=str(properties.get("NotifyStrategy", "BACKOFF_RETRY")),
            notify_content_format=str(properties.get("NotifyContentFormat", "XML")),
        )
        with _translated():
            self._account.topics.subscribe(asked)
        return self._made(topic, name)

    def update(self, before: Properties, after: Properties) -> Made:
        """Change the strategy of retries."""
        del before  # it is set to what it is to be, whatever it was
        topic, name = str(after["TopicName"]), str(after["SubscriptionName"])
        strategy = str(after.get("NotifyStrategy", "BACKOFF_RETRY"))
        with _translated():
            self._account.topics.change_strategy(topic, name, strategy)
        return self._made(topic, name)

    def delete(self, properties: Properties) -> None:
        """Unsubscribe."""
        with suppress(NotExistError):
            topics = self._account.topics
            topics.unsubscribe(str(properties["TopicName"]), str(properties["SubscriptionName"]))

    def _made(self, topic: str, name: str) -> Made:
        url = f"{self._account.endpoint}/topics/{topic}/subscriptions/{name}"
        attributes = {"SubscriptionName": name, "TopicName": topic, "SubscriptionUrl": url}
        return Made(identifier=f"{topic}/{name}", attributes=attributes)


def resource_types(account: Account, identity: Identity) -> dict[str, ResourceType]:
    """What MNS offers to templates."""
    return {
        "ALIYUN::MNS::Topic": HolderType(TOPIC, account, identity),
        "ALIYUN::MNS::Queue": HolderType(QUEUE, account, identity),
        "ALIYUN::MNS::Subscription": SubscriptionType(account),
    }


def _texts(properties: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in properties.items() if name != "Tags"}


def _defaults(attributes: type[Any]) -> dict[str, Any]:
    kept = attributes()
    return {name: getattr(kept, name) for name in attributes.__dataclass_fields__}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except MnsError as error:
        raise ResourceError(error.code, error.message) from error
