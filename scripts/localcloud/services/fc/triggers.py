"""Triggers: their state and rules, and which of them an object's event concerns."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Any, Final

from scripts.localcloud.services.fc.call import Call, needed_mapping, needed_text
from scripts.localcloud.services.fc.exceptions import FcError, invalid_argument
from scripts.localcloud.services.fc.functions import lower_keys
from scripts.localcloud.services.fc.models import Operation, check_name
from scripts.localcloud.services.fc.registry import Document, Registry, parse_page
from scripts.localcloud.services.fc.schedule import ScheduleError, parse_schedule

TOPIC: Final = "mns_topic"
TYPES: Final = ("oss", "timer", TOPIC, "log", "http", "cdn_events", "eventbridge")
FIRING: Final = ("oss", "timer", TOPIC)
"""The types that start functions here; of the others there is no source."""
TOPIC_SOURCE: Final = re.compile(r"acs:mns:[^:]*:[^:]*:/?topics/(?P<topic>[^/]+)")
FORMS: Final = ("STREAM", "JSON")
STRATEGIES: Final = ("BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY")
LOG = logging.getLogger("scripts.localcloud.fc")
MOST_OSS_TRIGGERS: Final = 10
LONGEST_PAYLOAD: Final = 128 * 1024


class Triggers:
    """The operations on triggers."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def operations(self) -> dict[str, Operation]:
        """By the vendor's names; None as an answer means that there is no body."""
        return {
            "CreateTrigger": self.create,
            "GetTrigger": self.get,
            "UpdateTrigger": self.update,
            "DeleteTrigger": self.delete,
            "ListTriggers": self.list,
        }

    def create(self, call: Call) -> Document:
        """Create a trigger."""
        self._check_function(call)
        kind = call.text("triggerType")
        if kind not in TYPES:
            raise invalid_argument(f"triggerType {kind!r} does not exist")
        name = check_name(call.text("triggerName"), "triggerName")
        path = f"{call.function_path}/triggers/{name}"
        document = {
            "triggerName": name,
            "triggerType": kind,
            "description": call.text("description", ""),
            "sourceArn": call.text("sourceArn", ""),
            "invocationRole": call.text("invocationRole", ""),
            "qualifier": call.text("qualifier", ""),
            "triggerConfig": lower_keys(call.mapping("triggerConfig")),
        }
        self._check(path, document)
        if kind not in FIRING:
            LOG.warning("fc: trigger %s is kept, but nothing here fires one of type %s", name, kind)
        return self._registry.create(path, document, call.now)

    def get(self, call: Call) -> Document:
        """A trigger."""
        self._check_function(call)
        return self._registry.get(self._path(call))

    def update(self, call: Call) -> Document:
        """Change some fields."""
        self._check_function(call)
        path = self._path(call)
        names = ("triggerConfig", "invocationRole", "qualifier", "description")
        changes = {name: call.body[name] for name in names if call.body.get(name) is not None}
        if "triggerConfig" in changes:
            changes["triggerConfig"] = lower_keys(call.mapping("triggerConfig"))
        for name in names[1:]:
            needed_text(call.body.get(name), name)
        self._check(path, {**self._registry.get(path), **changes})
        return self._registry.change(path, changes, call.now, if_match=call.if_match)

    def delete(self, call: Call) -> None:
        """Remove a trigger."""
        self._check_function(call)
        self._registry.delete(self._path(call), if_match=call.if_match)

    def list(self, call: Call) -> Document:
        """The triggers of a function."""
        self._check_function(call)
        collection = f"{call.function_path}/triggers"
        documents, token = self._registry.page(collection, parse_page(call.query))
        return {"triggers": documents, "nextToken": token}

    def of_type(self, kind: str) -> dict[str, Document]:
        """Every trigger of a type, by its path in the registry."""
        everything = self._registry.everywhere("triggers")
        return {path: it for path, it in everything.items() if it["triggerType"] == kind}

    def untimed(self, service: str) -> Sequence[tuple[str, str]]:
        """The functions of a service that no timer starts, each with its service."""
        functions = self._registry.children(f"services/{service}/functions")
        places = [path.split("/") for path in self.of_type("timer")]
        timed = {place[3] for place in places if place[1] == service}
        return [(service, function) for function in functions if function not in timed]

    def concerned(self, record: Document) -> dict[str, Document]:
        """The OSS triggers that an event record concerns, by path."""
        return {p: t for p, t in self.of_type("oss").items() if matches(t, record)}

    @staticmethod
    def _path(call: Call) -> str:
        return f"{call.function_path}/triggers/{call.name}"

    def _check_function(self, call: Call) -> None:
        self._registry.get(call.service_path)
        self._registry.get(call.function_path)

    def _check(self, path: str, document: Document) -> None:
        config = document["triggerConfig"]
        if document["triggerType"] == "timer":
            _check_timer(config)
        elif document["triggerType"] == TOPIC:
            _check_topic(document["sourceArn"], config)
        elif document["triggerType"] == "oss":
            _check_oss(config)
            self._check_overlap(path, document)

    def _check_overlap(self, path: str, document: Document) -> None:
        mine = bucket_of(document)
        others = {
            p: t for p, t in self.of_type("oss").items() if p != path and bucket_of(t) == mine
        }
        if len(others) >= MOST_OSS_TRIGGERS:
            text = f"bucket '{mine}' has {MOST_OSS_TRIGGERS} OSS triggers, and no more are allowed"
            raise FcError(400, "LimitExceededError", text)
        for other in others.values():
            if overlap(document, other):
                raise invalid_argument(
                    f"the trigger overlaps '{other['triggerName']}' in events, prefix and suffix"
                )


def _check_timer(config: Document) -> None:
    expression = config.get("cronExpression")
    if not isinstance(expression, str):
        raise invalid_argument("a timer trigger needs triggerConfig.cronExpression")
    try:
        parse_schedule(expression)
    except ScheduleError as error:
        raise invalid_argument(f"cronExpression: {error}") from error
    payload = config.get("payload", "")
    if not isinstance(payload, str) or len(payload.encode()) > LONGEST_PAYLOAD:
        raise invalid_argument(f"payload must be a text of at most {LONGEST_PAYLOAD} bytes")


def _check_oss(config: Document) -> None:
    events = config.get("events")
    if not isinstance(events, list) or not events or not all(isinstance(e, str) for e in events):
        raise invalid_argument("an OSS trigger needs triggerConfig.events, a list of texts")
    key = needed_mapping(needed_mapping(config.get("filter"), "filter").get("key"), "filter.key")
    for name in ("prefix", "suffix"):
        needed_text(key.get(name), f"filter.key.{name}")


def _check_topic(source_arn: str, config: Document) -> None:
    if TOPIC_SOURCE.fullmatch(source_arn) is None:
        raise invalid_argument(
            f"sourceArn is {source_arn!r}; a topic's is acs:mns:REGION:ACCOUNT:/topics/NAME"
        )
    for name, known in (("notifyContentFormat", FORMS), ("notifyStrategy", STRATEGIES)):
        if config.get(name, known[0]) not in known:
            raise invalid_argument(f"{name} must be one of {', '.join(known)}")
    if not isinstance(config.get("filterTag", ""), str):
        raise invalid_argument("filterTag must be a text")


def enabled(trigger: Document) -> bool:
    """Whether a timer trigger is on. The key is spelt differently in templates and API."""
    config = trigger["triggerConfig"]
    return config.get("enable", config.get("enabled", True)) is not False


def bucket_of(trigger: Document) -> str:
    """The bucket that an OSS trigger listens to."""
    return str(
        trigger["sourceArn"].rpartition(":")[2] or trigger["triggerConfig"].get("bucketName")
    )


def matches(trigger: Document, record: Document) -> bool:
    """Whether an event record concerns an OSS trigger: bucket, event type, prefix and suffix."""
    key = record["oss"]["object"]["key"]
    prefix, suffix = _filter(trigger)
    return (
        record["oss"]["bucket"]["name"] == bucket_of(trigger)
        and any(_covers(event, record["eventName"]) for event in _events(trigger))
        and key.startswith(prefix)
        and key.endswith(suffix)
    )


def overlap(one: Document, other: Document) -> bool:
    """The vendor's rule: event types, prefixes and suffixes all overlap."""
    events = any(
        _covers(mine, theirs) or _covers(theirs, mine)
        for mine in _events(one)
        for theirs in _events(other)
    )
    (prefix, suffix), (their_prefix, their_suffix) = _filter(one), _filter(other)
    prefixes = prefix.startswith(their_prefix) or their_prefix.startswith(prefix)
    suffixes = suffix.endswith(their_suffix) or their_suffix.endswith(suffix)
    return events and prefixes and suffixes


def _filter(trigger: Document) -> tuple[str, str]:
    key: Any = (trigger["triggerConfig"].get("filter") or {}).get("key") or {}
    return key.get("prefix") or "", key.get("suffix") or ""


def _events(trigger: Document) -> list[str]:
    return [str(event).removeprefix("oss:") for event in trigger["triggerConfig"]["events"]]


def _covers(pattern: str, event: str) -> bool:
    if pattern.endswith(":*"):
        return event.startswith(pattern[:-1])
    return pattern == event
