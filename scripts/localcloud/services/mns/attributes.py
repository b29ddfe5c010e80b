"""Attributes of queues, topics and subscriptions, and the ranges that they must keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from scripts.localcloud.services.mns.exceptions import InvalidArgumentError

MAX_TAG = 16
RETRIES = {"BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"}
FORMATS = {"XML", "JSON", "SIMPLIFIED", "STREAM"}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,119}")
_DECIMAL = re.compile(r"[0-9]{1,15}")
_QUEUE_ENDPOINT = re.compile(r"acs:mns:[^:]*:[^:]*:/?queues/([^/]+)(?:/messages)?")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAttributes:
    """Times in seconds, sizes in bytes."""

    visibility_timeout: int = 30
    maximum_message_size: int = 65536
    message_retention_period: int = 345600
    delay_seconds: int = 0
    polling_wait_seconds: int = 0
    logging_enabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicAttributes:
    """Size in bytes."""

    maximum_message_size: int = 65536
    logging_enabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who is told of a topic's messages, and how. `created_at`, `modified_at` in epoch seconds."""

    topic: str
    name: str
    endpoint: str
    filter_tag: str = ""
    notify_strategy: str = "BACKOFF_RETRY"
    notify_content_format: str = "XML"
    created_at: float = 0.0
    modified_at: float = 0.0

    def queue(self) -> str | None:
        """The queue it points to; None where it is an HTTP endpoint."""
        match = _QUEUE_ENDPOINT.fullmatch(self.endpoint)
        return match.group(1) if match else None

    def wants(self, tag: str) -> bool:
        """Whether a message with this tag is for it."""
        return not self.filter_tag or self.filter_tag == tag

    def same_as(self, other: Subscription) -> bool:
        """Whether subscribing again changes nothing."""
        names = ("endpoint", "filter_tag", "notify_strategy", "notify_content_format")
        return all(getattr(self, name) == getattr(other, name) for name in names)


_RANGES = {
    "visibility_timeout": (1, 43200),
    "maximum_message_size": (1024, 65536),
    "message_retention_period": (60, 604800),
    "delay_seconds": (0, 604800),
    "polling_wait_seconds": (0, 30),
}


def _element(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def check_name(name: str, kind: str) -> None:
    """Letters, digits, `-` and `_`, 120 at most, a letter or digit first."""
    if not _NAME.fullmatch(name):
        raise InvalidArgumentError(
            f"The {kind} name '{name}' is invalid: it takes 1 to 120 letters, digits, '-' and '_',"
            " and begins with a letter or digit."
        )


def read_attributes(kind: type[Any], sent: Mapping[str, str]) -> dict[str, Any]:
    """What was sent for a kind of attributes, by our names, each within its range.

    Raises:
        InvalidArgumentError: a value is no number, or out of range.
    """
    found: dict[str, Any] = {}
    for field in fields(kind):
        text = sent.get(_element(field.name))
        if text is None:
            continue
        if field.name == "logging_enabled":
            found[field.name] = text.lower() == "true"
        else:
            found[field.name] = read_number(text, _element(field.name), *_RANGES[field.name])
    return found


def read_number(text: str, name: str, low: int, high: int) -> int:
    """A number from `low` to `high`.

    Raises:
        InvalidArgumentError: it is none, or beyond them.
    """
    if not _DECIMAL.fullmatch(text) or not low <= int(text) <= high:
        raise InvalidArgumentError(
            f"The value of {name} should between {low} and {high} seconds/bytes."
        )
    return int(text)


def attribute_elements(attributes: QueueAttributes | TopicAttributes) -> dict[str, str]:
    """Attributes by the vendor's names."""
    values = {field.name: getattr(attributes, field.name) for field in fields(attributes)}
    return {_element(name): str(value) for name, value in values.items()}


def check_subscription(subscription: Subscription) -> None:
    """A queue of this account or a loopback address, a known strategy and form, a short tag.

    Raises:
        InvalidArgumentError: something of it is not so; the text says what.
    """
    check_name(subscription.name, "subscription")
    if subscription.notify_strategy not in RETRIES:
        raise InvalidArgumentError(f"NotifyStrategy must be one of {', '.join(sorted(RETRIES))}.")
    if subscription.notify_content_format not in FORMATS:
        raise InvalidArgumentError(
            f"NotifyContentFormat must be one of {', '.join(sorted(FORMATS))}."
        )
    if len(subscription.filter_tag) > MAX_TAG:
        raise InvalidArgumentError(f"FilterTag takes {MAX_TAG} characters at most.")
    if subscription.queue() is None:
        _check_endpoint(subscription.endpoint)


def _check_endpoint(endpoint: str) -> None:
    parts = urlsplit(endpoint)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        raise InvalidArgumentError(
            f"Endpoint '{endpoint}' cannot be reached from the local cloud: name a queue as"
            " acs:mns:REGION:ACCOUNT:queues/NAME, or an http address on 127.0.0.1."
        )
