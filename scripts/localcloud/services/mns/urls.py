"""The operations by method, path and query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from scripts.localcloud.services.mns.signing import CERTIFICATE_PATH

QueryNames = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A request taken apart: the operation's name, the names in its path, its query.

    `resource` is what it is about, as access rules name it: `/queues/q/messages`.
    Names in the query are lower case: the vendor's Python client writes `ReceiptHandle`, the one
    for Node `receiptHandle`.
    """

    operation: str
    names: tuple[str, ...]
    query: Mapping[str, str]
    resource: str


CERTIFICATE = "GetSigningCertificate"
"""Where subscribers look up whose signature a push carries; the vendor keeps it in a bucket."""
_COLLECTIONS = {
    "queues": "ListQueue",
    "topics": "ListTopic",
    CERTIFICATE_PATH.strip("/"): CERTIFICATE,
}
_QUEUE = {
    ("PUT", False): "CreateQueue",
    ("PUT", True): "SetQueueAttributes",
    ("GET", False): "GetQueueAttributes",
    ("DELETE", False): "DeleteQueue",
}
_TOPIC = {
    ("PUT", False): "CreateTopic",
    ("PUT", True): "SetTopicAttributes",
    ("GET", False): "GetTopicAttributes",
    ("DELETE", False): "DeleteTopic",
}
_SUBSCRIPTION = {
    ("PUT", False): "Subscribe",
    ("PUT", True): "SetSubscriptionAttributes",
    ("GET", False): "GetSubscriptionAttributes",
    ("DELETE", False): "Unsubscribe",
}
UNKNOWN = "unknown"


def _queue_messages(method: str, query: Mapping[str, str]) -> str:
    if method == "GET":
        verb = "Peek" if query.get("peekonly") == "true" else "Receive"
        return f"Batch{verb}Message" if "numofmessages" in query else f"{verb}Message"
    if method == "DELETE":
        return "DeleteMessage" if "receipthandle" in query else "BatchDeleteMessage"
    return {"POST": "SendMessage", "PUT": "ChangeMessageVisibility"}.get(method, UNKNOWN)


def _account(method: str, query: Mapping[str, str]) -> str:
    if "accountmeta" not in query:
        return UNKNOWN
    return {"GET": "GetAccountAttributes", "PUT": "SetAccountAttributes"}.get(method, UNKNOWN)


def _operation(method: str, parts: list[str], query: Mapping[str, str]) -> str:
    overriding = query.get("metaoverride") == "true"
    pattern = tuple(part if place % 2 == 0 else "*" for place, part in enumerate(parts))
    if pattern == ():
        return _account(method, query)
    if len(pattern) == 1:
        return _COLLECTIONS.get(parts[0], UNKNOWN) if method == "GET" else UNKNOWN
    if pattern == ("queues", "*", "messages"):
        return _queue_messages(method, query)
    if pattern == ("topics", "*", "messages"):
        return "PublishMessage" if method == "POST" else UNKNOWN
    if pattern == ("topics", "*", "subscriptions"):
        return "ListSubscriptionByTopic" if method == "GET" else UNKNOWN
    tables = {
        ("queues", "*"): _QUEUE,
        ("topics", "*"): _TOPIC,
        ("topics", "*", "subscriptions", "*"): _SUBSCRIPTION,
    }
    return tables.get(pattern, {}).get((method, overriding), UNKNOWN)


def route(method: str, raw_path: str) -> Route:
    """Name the operation of a request; `unknown` where there is none."""
    path, _, raw_query = raw_path.partition("?")
    parts = [unquote(part) for part in path.split("/") if part]
    named = parse_qs(raw_query, keep_blank_values=True)
    query = {name.lower(): values[-1] for name, values in named.items()}
    return Route(
        operation=_operation(method, parts, query),
        names=tuple(parts[1::2]),
        query=query,
        resource="/" + "/".join(parts),
    )
