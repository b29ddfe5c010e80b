"""Function Compute as one service: wires its parts and answers its wire."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from scripts.localcloud.core.acs import AcsError
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.resources import ResourceType
from scripts.localcloud.services.fc import responses
from scripts.localcloud.services.fc.arrivals import Arrivals
from scripts.localcloud.services.fc.capacities import Capacities
from scripts.localcloud.services.fc.deliveries import EventDeliveries
from scripts.localcloud.services.fc.dispatcher import Dispatcher
from scripts.localcloud.services.fc.exceptions import (
    FcError,
    not_found,
    path_not_supported,
    too_large,
)
from scripts.localcloud.services.fc.executor import Executor
from scripts.localcloud.services.fc.functions import Functions
from scripts.localcloud.services.fc.functions3 import Functions3
from scripts.localcloud.services.fc.invocations import InvocationQueue
from scripts.localcloud.services.fc.making import Maker, ReadObject, no_objects
from scripts.localcloud.services.fc.models import Operation, Services
from scripts.localcloud.services.fc.packages import PackageStore
from scripts.localcloud.services.fc.permissions import Permissions
from scripts.localcloud.services.fc.pool import IDLE_SECONDS, PER_FUNCTION, InstancePool
from scripts.localcloud.services.fc.registry import Registry
from scripts.localcloud.services.fc.resources import resource_types
from scripts.localcloud.services.fc.specification import LATEST
from scripts.localcloud.services.fc.stateful import StatefulInvocations, stateful_id
from scripts.localcloud.services.fc.timers import Timers
from scripts.localcloud.services.fc.triggers import Triggers
from scripts.localcloud.services.fc.urls import INVOKE, PACKAGE, UNKNOWN, Route
from scripts.localcloud.services.fc.version3 import GET_TASK
from scripts.localcloud.services.fc.versions import (
    OPERATIONS,
    error_form,
    operations_of,
    resource_named,
    route_of,
    signed_body,
    who_signed,
)

PATIENCE: Final = 60.0
"""Seconds that a synchronous invocation waits for an instance before it is refused with 429."""
TRIGGER_CHANGES: Final = frozenset(
    {"CreateTrigger", "UpdateTrigger", "DeleteTrigger", "DeleteFunction", "DeleteService"}
)


class FcService:
    """Function Compute of the local cloud."""

    name = "fc"
    operations = OPERATIONS

    def __init__(
        self,
        cloud: Cloud,
        *,
        most_instances: int | None = None,
        per_function: int = PER_FUNCTION,
        idle_seconds: float = IDLE_SECONDS,
        read_object: ReadObject = no_objects,
    ) -> None:
        """At most `most_instances` are busy (None: by cores), `per_function` of each function.

        `read_object` fetches a package that is named by its bucket and key.
        """
        self._cloud = cloud
        self._read_object = read_object
        self._loop: asyncio.AbstractEventLoop | None = None
        self._database = cloud.database("fc")
        registry = Registry(self._database)
        self._packages = PackageStore(cloud.data_dir / "fc-packages")
        self._functions = Functions(
            registry, self._packages, lambda: cloud.endpoints.get(self.name, ""), read_object
        )
        self._triggers = Triggers(registry)
        self._operations: dict[str, Operation] = {
            **Services(registry, cloud.identity.region).operations(),
            **self._functions.operations(),
            **self._triggers.operations(),
            **Capacities(registry, cloud.identity.account_id).operations(),
        }
        self._operations3 = Functions3(self._operations, cloud.identity).operations()
        self._queue = InvocationQueue(self._database)
        self._pool = InstancePool(
            cloud,
            most_instances=most_instances,
            per_function=per_function,
            idle_seconds=idle_seconds,
        )
        self._permissions = Permissions(cloud)
        self._executor = Executor(cloud, self._pool, self._permissions)
        self._dispatcher = Dispatcher(
            cloud,
            functions=self._functions,
            queue=self._queue,
            executor=self._executor,
            pool=self._pool,
            permissions=self._permissions,
        )
        kept = StatefulInvocations(self._functions, self._queue, self._dispatcher)
        self._operations |= kept.operations()
        self._operations3 |= {GET_TASK: kept.get}
        self._warming: asyncio.Task[None] | None = None
        self._build_triggers()

    def _build_triggers(self) -> None:
        cloud, wake = self._cloud, self._dispatcher.wake
        self._deliveries = EventDeliveries(
            cloud,
            self._database,
            triggers=self._triggers,
            queue=self._queue,
            delivered=wake,
            permissions=self._permissions,
        )
        self._timers = Timers(cloud, triggers=self._triggers, queue=self._queue, fired=wake)
        arrivals = Arrivals(
            cloud,
            triggers=self._triggers,
            queue=self._queue,
            permissions=self._permissions,
            queued=wake,
        )
        cloud.bus.subscribe("oss.object-created", self._deliveries.accept)
        cloud.bus.subscribe("mns.published", arrivals.take_message)
        cloud.bus.subscribe("fc.destination", arrivals.take_report)

    async def start(self) -> None:
        """Begin to run what is queued, to deliver events, to fire timers."""
        self._functions.forget_unused_packages()
        await self._pool.start()
        await self._dispatcher.start()
        await self._deliveries.start()
        self._timers.refresh(soon=True)
        self._loop = asyncio.get_running_loop()
        self._warm_up()

    async def stop(self) -> None:
        """Kill the instances; what they did runs again at the next start."""
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.gather(self._warming, return_exceptions=True)
        await self._timers.stop()
        await self._deliveries.stop()
        await self._dispatcher.stop()
        await self._pool.stop()
        self._database.close()

    def resource_types(self) -> dict[str, ResourceType]:
        """What templates may have made here."""
        return resource_types(
            Maker(
                operations=self._operations,
                identity=self._cloud.identity,
                now=self._cloud.clock.now,
                read_object=self._read_object,
                changed=self._follow_triggers,
            )
        )

    def _follow_triggers(self) -> None:
        """Have timers follow a change that was made in another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._timers.refresh)

    def _warm_up(self) -> None:
        """Start one instance of each function that an event will ask for first, in background."""
        targets = self._triggers.untimed(self._cloud.identity.fc_service)
        self._warming = asyncio.ensure_future(self._warm_each(targets))

    async def _warm_each(self, targets: Sequence[tuple[str, str]]) -> None:
        for service, function in targets:
            with contextlib.suppress(FcError):  # whoever invokes it is told what is wrong
                await self._executor.warm(self._functions.specification(service, function, LATEST))

    async def kill(self, function: str) -> int:
        """SIGKILL to every instance of a function; how many there were."""
        return await self._pool.kill(function)

    def processes(self, function: str) -> list[int]:
        """Process ids of a function's instances."""
        return self._pool.processes(function)

    def waiting(self) -> int:
        """How many asynchronous invocations are not finished."""
        return self._queue.waiting()

    def operation(self, request: web.Request) -> str:
        """The vendor's name of what is asked for."""
        return route_of(request).operation

    def fault_response(self, http: int, code: str, request: web.Request) -> web.Response:
        """An error in the vendor's form."""
        error = FcError(http, code, f"{request.method} failed: {code}")
        return error_form(request)(error, responses.new_request_id())

    async def handle(self, request: web.Request, operation: str) -> web.StreamResponse:
        """Check the signature and perform."""
        request_id = responses.new_request_id()
        try:
            return await self._perform(request, operation, request_id)
        except (FcError, AcsError) as error:
            return error_form(request)(error, request_id)

    async def _perform(
        self, request: web.Request, operation: str, request_id: str
    ) -> web.StreamResponse:
        found = route_of(request)
        if operation == UNKNOWN:
            raise path_not_supported(request.method, request.path)
        if operation == PACKAGE:
            return self._package(found)
        body = await signed_body(request)
        caller = who_signed(request, body, self._cloud)
        self._permissions.check_call(caller, operation, resource_named(found))
        if operation == INVOKE:
            return await self._invoke(request, found, request_id, body)
        return await self._control(request, found, request_id, body)

    async def _control(
        self, request: web.Request, found: Route, request_id: str, body: bytes | None
    ) -> web.StreamResponse:
        call = await responses.decode_call(request, found, self._cloud.clock.now(), body)
        operations = operations_of(request, self._operations, self._operations3)
        document = operations[found.operation](call)
        if found.operation in TRIGGER_CHANGES:
            self._timers.refresh()
        return responses.document_response(document, request_id)

    async def _invoke(
        self, request: web.Request, found: Route, request_id: str, body: bytes | None
    ) -> web.StreamResponse:
        specification = self._functions.specification(
            found.service, found.function, found.qualifier
        )
        if responses.is_asynchronous(request):
            return await self._enqueue(request, found, request_id, body)
        event = body
        if event is None:
            event = await responses.read_body(request, responses.LARGEST_SYNCHRONOUS)
        want_log = request.headers.get("X-Fc-Log-Type", "").lower() == "tail"
        outcome = await self._executor.run(
            specification, event, request_id=request_id, want_log=want_log, patience=PATIENCE
        )
        return responses.outcome_response(outcome, request_id, want_log=want_log)

    async def _enqueue(
        self, request: web.Request, found: Route, request_id: str, body: bytes | None
    ) -> web.StreamResponse:
        event, most = body, responses.LARGEST_ASYNCHRONOUS
        if event is None:
            event = await responses.read_body(request, most)
        if len(event) > most:
            raise too_large(most)
        target = (found.service, found.function, found.qualifier or LATEST)
        config = self._functions.async_config(*target)
        self._queue.add(
            target,
            event,
            now=self._cloud.clock.now(),
            delay=responses.delay_of(request),
            invocation_id=stateful_id(request.headers, config),
            request_id=request_id,
        )
        self._dispatcher.wake()
        return responses.accepted_response(request_id)

    def _package(self, found: Route) -> web.StreamResponse:
        path = self._packages.archive(found.name)
        if not path.exists():
            raise not_found("Package", found.name)
        return web.FileResponse(path)
