"""Stateful asynchronous invocations: ids that are accepted once, and what is known of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from scripts.localcloud.services.fc.exceptions import invalid_argument
from scripts.localcloud.services.fc.invocations import Invocation
from scripts.localcloud.services.fc.registry import Document

HEADER: Final = "X-Fc-Stateful-Async-Invocation-Id"
HEADER_OF_3: Final = "X-Fc-Async-Task-Id"
ID: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,127}")


def stateful_id(headers: Mapping[str, str], config: Mapping[str, Any]) -> str | None:
    """The id given by the caller, where the function keeps such ids.

    Raises:
        FcError: the id is not of the vendor's form.
    """
    given = headers.get(HEADER, headers.get(HEADER_OF_3))
    if given is None or not config.get("statefulInvocation"):
        return None
    if ID.fullmatch(given) is None:
        raise invalid_argument(
            f"{HEADER} is {given!r}; it must start with a letter or '_', go on with letters,"
            " digits, '_' or '-', and have at most 128 characters"
        )
    return given


def described(invocation: Invocation) -> Document:
    """What GetStatefulAsyncInvocation answers."""
    service, function, qualifier = invocation.target
    return {
        "serviceName": service,
        "functionName": function,
        "qualifier": qualifier,
        "invocationId": invocation.invocation_id,
        "requestId": invocation.request_id,
        "status": invocation.status,
        "startedTime": int(invocation.enqueued_at * 1000),
        "invocationPayload": invocation.payload.decode(errors="replace"),
        "invocationErrorMessage": invocation.error,
        "alreadyRetriedTimes": invocation.retries,
    }
