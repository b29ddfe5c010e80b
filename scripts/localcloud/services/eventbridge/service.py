"""EventBridge's server: authenticates, takes events one by one, answers in JSON."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from aiohttp import web

from scripts.localcloud.core.access import ALLOW
from scripts.localcloud.core.bodies import read_whole
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.headers import plain_headers
from scripts.localcloud.services.eventbridge.exceptions import (
    EventBridgeError,
    InvalidEventError,
    access_denied,
    invalid,
)
from scripts.localcloud.services.eventbridge.models import BUS, LARGEST_REQUEST, MOST_EVENTS, Buses
from scripts.localcloud.services.eventbridge.signatures import authenticate

PUT_EVENTS, PATH = "PutEvents", "/openapi/putEvents"
BATCH = "application/cloudevents-batch+json"


class EventBridgeService:
    """The service as the server knows it (see `core/server.py`).

    Args:
        cloud: the surroundings.
        real_time: the machine's clock, by which signature dates are judged.
    """

    name = "eventbridge"
    operations = frozenset({PUT_EVENTS})

    def __init__(self, cloud: Cloud, *, real_time: Callable[[], float] = time.time) -> None:
        self._cloud, self._real_time = cloud, real_time
        self._database = cloud.database(self.name)
        self._buses = Buses(self._database)

    def events(self, bus: str) -> list[dict[str, Any]]:
        """Everything that was put on a bus: the event as sent, and when (s)."""
        return self._buses.events(bus)

    async def start(self) -> None:
        """Nothing runs beside the requests."""

    async def stop(self) -> None:
        """Close the database."""
        self._database.close()

    def operation(self, request: web.Request) -> str:
        """The operation's name."""
        asked = (request.method, request.raw_path.partition("?")[0])
        return PUT_EVENTS if asked == ("POST", PATH) else "unknown"

    async def handle(self, request: web.Request, operation: str) -> web.StreamResponse:
        """Check who asks, take what can be taken, answer."""
        try:
            return self._answer(200, await self._taken(request, operation))
        except EventBridgeError as error:
            return self._refused(error)

    async def _taken(self, request: web.Request, operation: str) -> dict[str, Any]:
        if operation != PUT_EVENTS:
            raise EventBridgeError(404, "InvalidAction.NotFound", "There is no such operation.")
        headers = plain_headers(request)
        key_id = authenticate(
            request.method,
            request.raw_path,
            headers,
            credentials=self._cloud.credentials,
            now=self._cloud.clock.now(),
            real_now=self._real_time(),
        )
        events = _events(headers, await read_whole(request, LARGEST_REQUEST))
        for bus in {str(event.get(BUS)) for event in events if isinstance(event, dict)}:
            self._check_access(key_id, bus)
        return self._put(events)

    def _check_access(self, access_key_id: str, bus: str) -> None:
        identity = self._cloud.identity
        place = f"acs:eventbridge:{identity.region}:{identity.account_id}:eventbus/{bus}"
        role = self._cloud.credentials.role_of(access_key_id)
        if self._cloud.access.decide(role, f"eventbridge:{PUT_EVENTS}", place) != ALLOW:
            raise access_denied("AccessDenied", "The role may not put events on this bus.")

    def fault_response(self, http: int, code: str, request: web.Request) -> web.Response:
        """An error in EventBridge's form."""
        del request  # every request's errors look alike
        return self._refused(EventBridgeError(http, code, "Internal error."))

    def _put(self, events: list[Any]) -> dict[str, Any]:
        entries = [self._entry(event) for event in events]
        return {
            "RequestId": str(uuid.uuid4()).upper(),
            "ResourceOwnerAccountId": self._cloud.identity.account_id,
            "FailedEntryCount": sum("ErrorCode" in entry for entry in entries),
            "EntryList": entries,
        }

    def _entry(self, event: Any) -> dict[str, Any]:
        try:
            self._buses.put(event, at=self._cloud.clock.now())
        except InvalidEventError as error:
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": str(error)}
        return {"EventId": event["id"], "TraceId": uuid.uuid4().hex}

    def _refused(self, error: EventBridgeError) -> web.Response:
        body = {"requestId": str(uuid.uuid4()).upper(), "code": error.code}
        return self._answer(error.status, {**body, "message": error.message})

    @staticmethod
    def _answer(status: int, body: dict[str, Any]) -> web.Response:
        text = json.dumps(body, ensure_ascii=False)
        return web.Response(status=status, text=text, content_type="application/json")


def _events(headers: dict[str, str], body: bytes | None) -> list[Any]:
    if headers.get("content-type", "").partition(";")[0].strip() != BATCH:
        raise invalid(f"The content type must be {BATCH}.")
    if body is None:
        raise invalid("The request is larger than 256 KB.")
    try:
        events = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise invalid("The body is no JSON.") from error
    if not isinstance(events, list) or not 0 < len(events) <= MOST_EVENTS:
        raise invalid(f"The body must be an array of 1 to {MOST_EVENTS} events.")
    return events
