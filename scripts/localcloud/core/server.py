"""One HTTP server per service, on loopback: counts a request, lets faults strike, then serves.

The path reaches the service as it was received (`request.raw_path`): keys with `//`, `%2F` or
`..` in them are the client's business. Request bodies are never decompressed nor bounded here.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from scripts.localcloud.core.calls import CallCounter
from scripts.localcloud.core.clock import CloudClock
from scripts.localcloud.core.connection import (
    BAD_REQUEST,
    Manners,
    Refuse,
    Site,
    refuse_plainly,
)
from scripts.localcloud.core.cutting import cut_in_half, hang_up, lose_answer
from scripts.localcloud.core.faults import Fault, FaultPlan
from scripts.localcloud.core.trouble import trouble_of
from scripts.localcloud.core.unsupported import Unsupported

LOG = logging.getLogger("scripts.localcloud")
MALFORMED = "BadRequest"
"""The code that a service answers to what is no HTTP."""
INTERNAL_ERROR = "InternalError"
NOT_IMPLEMENTED = 501
"""What a service answers to a part of a known operation that it does not offer."""
UNKNOWN = "unknown"
"""How the ledger counts what no operation answers."""
GOODBYE = 1.0
"""Seconds that open connections get to finish when a server stops."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PortTakenError(Exception):
    """Another program listens on a port that a service needs."""


class Service(Protocol):
    """What the server needs of a service. `name` is a key of the ledger and of the faults;
    `operations` are the names that it answers otherwise than with "there is no such operation".
    """

    name: str
    operations: frozenset[str]

    def operation(self, request: web.Request) -> str:
        """The wire operation's name in the vendor's words, such as `PutObject`."""

    async def handle(self, request: web.Request, operation: str) -> web.StreamResponse:
        """Check the signature and perform."""

    def fault_response(self, http: int, code: str, request: web.Request) -> web.Response:
        """An error of this status and code in the vendor's form."""

    async def start(self) -> None:
        """Begin background work; everything is listening or about to."""

    async def stop(self) -> None:
        """End background work and close what is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Stands before a service and treats each request."""

    service: Service
    faults: FaultPlan
    calls: CallCounter
    clock: CloudClock
    unsupported: Unsupported = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "unsupported", Unsupported(self.service.name))

    async def treat(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, or lose its answer as ordered."""
        try:
            operation = self.service.operation(request)
        except Exception:
            LOG.exception("%s: cannot name the operation", self.service.name)
            operation = UNKNOWN
        known = operation in self.service.operations
        counted = operation if known else UNKNOWN  # a client's words would fill the ledger
        self.calls.record(self.service.name, counted, self.clock.now())
        drawn = self.faults.draw(self.service.name, counted)
        answer = await self._meet(request, operation, drawn)
        refused = answer.status >= BAD_REQUEST and not known
        if refused or answer.status == NOT_IMPLEMENTED:
            self.unsupported.tell(request)
        return answer

    def refuse(self, request: web.BaseRequest) -> web.Response:
        """What is no HTTP: not a call, and in the vendor's form where the service finds one."""
        if isinstance(request, web.Request):
            return self.service.fault_response(BAD_REQUEST, MALFORMED, request)
        return refuse_plainly(request)

    async def _meet(
        self, request: web.Request, operation: str, faults: list[Fault]
    ) -> web.StreamResponse:
        by_kind = {fault.kind: fault for fault in faults}
        for fault in faults:
            if fault.kind == "delay":
                await self.clock.sleep(fault.seconds)
        if "drop-before" in by_kind:
            return hang_up(request)
        if error := by_kind.get("error"):
            return self.service.fault_response(error.http, error.code, request)
        if "drop-after" in by_kind:
            lose_answer(request)
        elif "truncate" in by_kind:
            cut_in_half(request)
        return await self._perform(request, operation)

    async def _perform(self, request: web.Request, operation: str) -> web.StreamResponse:
        try:
            return await self.service.handle(request, operation)
        except ConnectionError:
            return hang_up(request)  # the client left, or a fault cut the answer
        except Exception as error:  # noqa: BLE001 - the vendor answers an accident, too
            self._tell(error, operation)
            if request.writer.output_size:
                return hang_up(request)
            return self.service.fault_response(500, INTERNAL_ERROR, request)

    def _tell(self, error: Exception, operation: str) -> None:
        if trouble := trouble_of(error):
            LOG.error("%s %s is refused: %s", self.service.name, operation, trouble)
        else:
            LOG.error("%s %s failed", self.service.name, operation, exc_info=error)


async def serve(
    service: Service,
    host: str,
    port: int,
    *,
    faults: FaultPlan,
    calls: CallCounter,
    clock: CloudClock,
    manners: Manners | None = None,
) -> web.AppRunner:
    """Listen for `service` at a loopback address; `await runner.cleanup()` ends it.

    Raises:
        ValueError: `host` is not a loopback address.
        PortTakenError: another program has the port.
    """
    front = Front(service=service, faults=faults, calls=calls, clock=clock)
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"the local cloud listens on loopback only, not on {host}")
    faults.know(service.name, service.operations)
    return await listen(
        front.treat, host, port, name=service.name, manners=manners, refuse=front.refuse
    )


async def listen(
    handler: Handler,
    host: str,
    port: int,
    *,
    name: str,
    manners: Manners | None = None,
    refuse: Refuse = refuse_plainly,
) -> web.AppRunner:
    """Serve every request on `host`:`port` by `handler`, without routing.

    `refuse` answers what is no HTTP. `await runner.cleanup()` ends it.

    Raises:
        PortTakenError: another program has the port.
    """
    runner = web.AppRunner(_application(handler), shutdown_timeout=GOODBYE)
    await runner.setup()
    try:
        await Site(runner, host, port, manners=manners or Manners(), refuse=refuse).start()
    except OSError as error:
        await runner.cleanup()
        raise PortTakenError(
            f"port {port} for {name} is taken by another program; stop it, or choose other ports"
            " with --port-base"
        ) from error
    return runner


def _application(answer: Handler) -> web.Application:
    @web.middleware
    async def everything(
        request: web.Request,
        handler: Handler,  # noqa: ARG001 - the router's "not found", named so by aiohttp
    ) -> web.StreamResponse:
        return await answer(request)

    return web.Application(middlewares=[everything], client_max_size=0)
