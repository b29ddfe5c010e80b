"""The vendor's MNS client as the tests use it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from mns.account import Account
from mns.mns_exception import MNSServerException
from mns.queue import QueueMeta
from mns.subscription import SubscriptionMeta

from scripts.localcloud.core.context import Cloud

TOPIC = "maskline-events"


def open_client(cloud: Cloud, **changed: str) -> Any:
    """A client with the account's keys, or others; `close_client` ends it."""
    return Account(
        cloud.endpoints["mns"],
        changed.get("key_id", cloud.identity.access_key_id),
        changed.get("secret", cloud.identity.access_key_secret),
        changed.get("token", ""),
    )


def close_client(client: Any) -> None:
    """Close its connection."""
    client.mns_client.close_connection()


def attributes_of(queue: Any) -> Any:
    """A queue's attributes; the SDK warns about three that it still reads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return queue.get_attributes()


def make_queue(account: Any, name: str, **attributes: int) -> Any:
    """A queue whose bodies travel as they are."""
    queue = account.get_queue(name)
    meta = QueueMeta()
    for key, value in attributes.items():
        setattr(meta, key, value)
    queue.create(meta)
    queue.set_encoding(False)
    return queue


def subscribe(
    account: Any, endpoint: str, form: str, tag: str = "", strategy: str = "BACKOFF_RETRY"
) -> Any:
    """A subscription of the topic."""
    subscription = account.get_subscription(TOPIC, "watcher")
    subscription.subscribe(SubscriptionMeta(endpoint, strategy, form, tag))
    return subscription


def code(failed: pytest.ExceptionInfo[MNSServerException]) -> str:
    """The vendor's code of an error."""
    return str(failed.value.type)


def eventually(read: Callable[[], Any], expected: Any) -> None:
    """Poll until it is so."""
    deadline = time.monotonic() + 30
    while (found := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.005)
    assert found == expected
