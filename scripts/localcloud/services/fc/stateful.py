"""Stateful asynchronous invocations: ids that are accepted once, what is known of them, their end.

`PUT` stops one and answers 200 without a body; one that is over is refused with 412. Pages have 50
unless told, 100 at most (help.aliyun.com/document_detail/256588.html and 415771.html). Which order
a listing has where none is asked for is not told there; here it is the order of their coming.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

from scripts.localcloud.services.fc.call import Call
from scripts.localcloud.services.fc.dispatcher import Dispatcher
from scripts.localcloud.services.fc.exceptions import invalid_argument, not_found
from scripts.localcloud.services.fc.functions import Functions
from scripts.localcloud.services.fc.invocations import (
    ENQUEUED,
    RETRYING,
    Invocation,
    InvocationQueue,
    Wanted,
)
from scripts.localcloud.services.fc.models import Operation
from scripts.localcloud.services.fc.registry import Document

HEADER: Final = "X-Fc-Stateful-Async-Invocation-Id"
HEADER_OF_3: Final = "X-Fc-Async-Task-Id"
ENABLING: Final = "X-Fc-Stateful-Async-Invocation-Enable"
"""Makes one invocation stateful, whatever the function's configuration says."""
ID: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,127}")
LARGEST_PAGE: Final = 100


class StatefulInvocations:
    """The operations on them."""

    def __init__(
        self, functions: Functions, queue: InvocationQueue, dispatcher: Dispatcher
    ) -> None:
        self._functions = functions
        self._queue = queue
        self._dispatcher = dispatcher

    def operations(self) -> dict[str, Operation]:
        """By the vendor's names."""
        return {
            "GetStatefulAsyncInvocation": self.get,
            "ListStatefulAsyncInvocations": self.list,
            "StopStatefulAsyncInvocation": self.stop,
        }

    def get(self, call: Call) -> Document:
        """One of them, its payload included."""
        return described(self._found(call))

    def list(self, call: Call) -> Document:
        """A page of a function's, those of one qualifier where one is named."""
        self._functions.get(call)
        payload = call.query.get("includePayload", "").lower() == "true"
        found, following = self._queue.listed(call.service, call.function, self._wanted(call))
        shown = [described(invocation, payload=payload) for invocation in found]
        return {"invocations": shown, "nextToken": following or ""}

    def stop(self, call: Call) -> Document:
        """End one, whether it waits, runs or is to be tried again."""
        self._dispatcher.stop_one(self._found(call))
        return {}

    def _found(self, call: Call) -> Invocation:
        invocation = self._queue.find(call.service, call.function, call.name)
        wanted = call.qualifier or call.query.get("qualifier", "")
        if invocation is None or wanted not in ("", invocation.target[2]):
            raise not_found("StatefulAsyncInvocation", call.name)
        return invocation

    def _wanted(self, call: Call) -> Wanted:
        order, start = call.query.get("sortOrderByTime", ""), call.query.get("nextToken", "")
        if order not in ("", "asc", "desc"):
            raise invalid_argument(f"sortOrderByTime is {order!r}; it must be asc or desc")
        if start and self._queue.find(call.service, call.function, start) is None:
            raise invalid_argument(f"nextToken is {start!r}; take it from the page before")
        return Wanted(
            qualifier=call.qualifier or call.query.get("qualifier", ""),
            status=call.query.get("status", ""),
            prefix=call.query.get("invocationIdPrefix", ""),
            begin=_number(call, "startedTimeBegin", 0) / 1000,
            end=_number(call, "startedTimeEnd", 2**62) / 1000,
            descending=order == "desc",
            start=start,
            limit=_number(call, "limit", 50, lowest=1, highest=LARGEST_PAGE),
        )


def stateful_id(headers: Mapping[str, str], config: Mapping[str, Any]) -> str | None:
    """The id of an invocation: the caller's, or a new one; None where the function keeps none.

    Raises:
        FcError: the id is not of the vendor's form.
    """
    enabled = headers.get(ENABLING, "").lower() == "true"
    if not enabled and not config.get("statefulInvocation"):
        return None
    given = headers.get(HEADER, headers.get(HEADER_OF_3))
    if given is None:
        return f"_{uuid.uuid4()}"
    if ID.fullmatch(given) is None:
        raise invalid_argument(
            f"{HEADER} is {given!r}; it must start with a letter or '_', go on with letters,"
            " digits, '_' or '-', and have at most 128 characters"
        )
    return given


def described(invocation: Invocation, *, payload: bool = True) -> Document:
    """What is told of one. Times in epoch milliseconds; what is not known yet is left out."""
    service, function, qualifier = invocation.target
    waits_again = invocation.status == ENQUEUED and invocation.retries > 0
    told: Document = {
        "serviceName": service,
        "functionName": function,
        "qualifier": qualifier,
        "invocationId": invocation.invocation_id,
        "requestId": invocation.request_id,
        "status": RETRYING if waits_again else invocation.status,
        "startedTime": int(invocation.enqueued_at * 1000),
        "invocationErrorMessage": invocation.error,
        "alreadyRetriedTimes": invocation.retries,
    }
    if payload:
        told["invocationPayload"] = invocation.payload.decode(errors="replace")
    if invocation.ended_at is not None:
        told["endTime"] = int(invocation.ended_at * 1000)
        told["durationMs"] = told["endTime"] - told["startedTime"]
        told["returnPayload"] = invocation.returned
    if invocation.destination:
        told["destinationStatus"] = invocation.destination
    return told


def _number(call: Call, name: str, default: int, lowest: int = 0, highest: int = 2**62) -> int:
    given = call.query.get(name, "")
    if not given:
        return default
    if not (given.isascii() and given.isdecimal() and lowest <= int(given[:20]) <= highest):
        raise invalid_argument(f"{name} is {given!r}; it must be from {lowest} to {highest}")
    return int(given)
