"""`/_control/`: JSON over HTTP. A call answers 200 with JSON or 204; a bad one 400 with `error`.
`metrics` alone answers a text, in the form of OpenMetrics.

Faults do not reach it, and its calls are not counted.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web

from scripts.localcloud.control.requests import (
    BadRequestError,
    read_advance,
    read_bus,
    read_function,
    read_object,
    read_topic,
)
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.metrics import MEDIA_TYPE

LOG = logging.getLogger("scripts.localcloud")
PREFIX = "/_control/"
Call = Callable[[web.Request], Awaitable[web.Response]]


class Provider(Protocol):
    """What the DashScope service offers here."""

    def configure(self, change: dict[str, Any]) -> dict[str, Any]:
        """Change settings, ValueError for a bad one."""

    def ledger(self) -> dict[str, Any]:
        """Tasks, refusals and totals."""


class Functions(Protocol):
    """What the Function Compute service offers here."""

    async def kill(self, function: str) -> int:
        """SIGKILL to all instances; how many."""


class Topics(Protocol):
    """What the MNS service offers here."""

    def messages(self, topic: str) -> list[dict[str, Any]]:
        """What was published on a topic."""


class Buses(Protocol):
    """What the EventBridge service offers here."""

    def events(self, bus: str) -> list[dict[str, Any]]:
        """What was put on a bus."""


class Control:
    """Answers the control calls."""

    def __init__(
        self,
        cloud: Cloud,
        *,
        provider: Provider,
        functions: Functions,
        topics: Topics,
        buses: Buses,
    ) -> None:
        self._cloud = cloud
        self._provider = provider
        self._functions = functions
        self._topics = topics
        self._buses = buses
        self._calls: dict[tuple[str, str], Call] = {
            ("GET", "ledger"): self._ledger,
            ("GET", "metrics"): self._metrics,
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "dashscope"): self._configure,
            ("POST", "clock"): self._advance,
            ("POST", "kill"): self._kill,
            ("GET", "messages"): self._messages,
            ("GET", "permissions"): self._permissions,
            ("GET", "events"): self._events,
        }

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one request, whatever it is."""
        path = request.raw_path.partition("?")[0]
        name = path.removeprefix(PREFIX).rstrip("/") if path.startswith(PREFIX) else ""
        call = self._calls.get((request.method, name))
        if call is None:
            return self._unknown(request.method, name)
        try:
            return await call(request)
        except (BadRequestError, ValueError) as error:
            return _json({"error": str(error)}, 400)
        except Exception:
            LOG.exception("control: %s %s", request.method, name)
            return _json({"error": "the local cloud failed; see logs/cloud.log in its data"}, 500)

    def _unknown(self, method: str, name: str) -> web.Response:
        methods = sorted(verb for verb, known in self._calls if known == name)
        if methods:
            return _json({"error": f"{name} takes {' or '.join(methods)}, not {method}"}, 405)
        known = ", ".join(f"{verb} {PREFIX}{each}" for verb, each in self._calls)
        return _json({"error": f"no such call; there are: {known}"}, 404)

    async def _ledger(self, _request: web.Request) -> web.Response:
        """Beside the loop, like all that grows with use: 100,000 tasks take seconds to tell."""

        def told() -> web.Response:
            calls = self._cloud.calls
            tasks = self._provider.ledger()
            return _json({**tasks, **calls.snapshot(), "volumes": calls.volumes()})

        return await asyncio.to_thread(told)

    async def _metrics(self, _request: web.Request) -> web.Response:
        calls = self._cloud.calls.snapshot()["calls"]
        body = self._cloud.metrics.text(calls).encode()
        return web.Response(body=body, headers={"Content-Type": MEDIA_TYPE})

    async def _add_fault(self, request: web.Request) -> web.Response:
        self._cloud.faults.add(await read_object(request))
        return web.Response(status=204)

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._cloud.faults.clear()
        return web.Response(status=204)

    async def _configure(self, request: web.Request) -> web.Response:
        return _json(self._provider.configure(await read_object(request)))

    async def _advance(self, request: web.Request) -> web.Response:
        self._cloud.clock.advance(read_advance(await read_object(request)))
        return _json({"now": self._cloud.clock.now(), "offset": self._cloud.clock.offset()})

    async def _kill(self, request: web.Request) -> web.Response:
        function = read_function(await read_object(request))
        return _json({"killed": await self._functions.kill(function)})

    async def _permissions(self, _request: web.Request) -> web.Response:
        return _json(self._cloud.access.report())

    async def _messages(self, request: web.Request) -> web.Response:
        topic = read_topic(request)
        return await asyncio.to_thread(lambda: _json({"messages": self._topics.messages(topic)}))

    async def _events(self, request: web.Request) -> web.Response:
        bus = read_bus(request)
        return await asyncio.to_thread(lambda: _json({"events": self._buses.events(bus)}))


def _json(body: dict[str, Any], status: int = 200) -> web.Response:
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json")
