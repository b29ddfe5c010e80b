"""Resource Orchestration Service as the server knows it: checks who asks, answers, and works on.

A stack is worked on in a thread, one at a time, so that the services stay answerable meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from aiohttp import web

from scripts.localcloud.core.access import ALLOW
from scripts.localcloud.core.acs import AcsError, Clocks, caller_of
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.resources import ResourceError
from scripts.localcloud.core.rpc import (
    RpcCall,
    action_name,
    answer,
    call_of,
    error_answer,
    new_request_id,
    read_request,
    unknown_action,
)
from scripts.localcloud.services.ros.actions import ACTIONS, Actions
from scripts.localcloud.services.ros.documents import Document
from scripts.localcloud.services.ros.exceptions import RosError, of_template
from scripts.localcloud.services.ros.models import StackStore
from scripts.localcloud.services.ros.planning import Types
from scripts.localcloud.services.ros.recorded import recorded_types
from scripts.localcloud.services.ros.requests import ReadObject
from scripts.localcloud.services.ros.stacks import Stacks
from scripts.localcloud.templates.exceptions import TemplateError
from scripts.localcloud.templates.resolution import Account

VERSION = "2019-09-10"
Refusal = (AcsError, RosError)


class RosService:
    """Stacks of the one account.

    Args:
        cloud: the surroundings.
        types: the resource types that the other services offer, by name.
        read_object: how a template in a bucket is read.
        keep_on_rollback: see `Engine`.
        real_time: the machine's clock, by which signature dates are judged.
    """

    name = "ros"
    operations = frozenset(ACTIONS)

    def __init__(
        self,
        cloud: Cloud,
        types: Types,
        read_object: ReadObject,
        *,
        keep_on_rollback: bool = False,
        real_time: Callable[[], float] = time.time,
    ) -> None:
        self._cloud = cloud
        self._real_time = real_time
        self._database = cloud.database(self.name)
        identity = cloud.identity
        self.stacks = Stacks(
            StackStore(self._database),
            {**recorded_types(self._database), **types},
            cloud.clock.now,
            Account(region=identity.region, account_id=identity.account_id),
            keep_on_rollback=keep_on_rollback,
        )
        self._actions = Actions(self.stacks, read_object, self.begin).table()
        self._work: asyncio.Queue[str] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to work; what a kill left half way goes on."""
        for stack in self.stacks.interrupted():
            self.begin(stack.id)
        self._worker = asyncio.get_running_loop().create_task(self._work_on())

    async def stop(self) -> None:
        """End the work after the step that is being done, and close the database."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        self._database.close()

    def begin(self, stack_id: str) -> None:
        """Have a stack worked on."""
        self._work.put_nowait(stack_id)

    async def _work_on(self) -> None:
        while True:
            stack_id = await self._work.get()
            working = asyncio.ensure_future(asyncio.to_thread(self.stacks.engine.advance, stack_id))
            try:
                await asyncio.shield(working)
            except asyncio.CancelledError:
                self.stacks.engine.halt()
                await asyncio.gather(working, return_exceptions=True)
                raise

    def operation(self, request: web.Request) -> str:
        """The action's name."""
        return action_name(request, self.operations)

    async def handle(self, request: web.Request, operation: str) -> web.StreamResponse:
        """Check who asks, perform, answer."""
        del operation  # an action in the body is known only now
        request_id = new_request_id()
        try:
            return answer(await self._perform(request), request_id)
        except Refusal as refusal:
            error = refusal
        except TemplateError as refusal:
            error = of_template(refusal)
        except ResourceError as refusal:
            error = RosError(400, refusal.code, refusal.message)
        return self._error(error.status, error.code, str(error), request, request_id)

    async def _perform(self, request: web.Request) -> Document:
        received = await read_request(request)
        clocks = Clocks(real=self._real_time(), cloud=self._cloud.clock.now())
        caller = caller_of(received, self._cloud.credentials, clocks)
        call = call_of(received)
        self._check_access(caller, call)
        action = self._actions.get(call.action)
        if action is None:
            raise unknown_action(call.action)
        if call.version != VERSION:
            text = f"Specified parameter Version is not valid: it must be {VERSION}."
            raise AcsError(404, "InvalidVersion", text)
        return action(call)

    def _check_access(self, caller: str, call: RpcCall) -> None:
        identity, role = self._cloud.identity, self._cloud.credentials.role_of(caller)
        place = f"acs:ros:{identity.region}:{identity.account_id}:stack/{call.text('StackId', '*')}"
        if self._cloud.access.decide(role, f"ros:{call.action}", place) != ALLOW:
            text = f"You are not authorized to do this action: ros:{call.action} on {place}."
            raise AcsError(403, "Forbidden.RAM", text)

    def fault_response(self, http: int, code: str, request: web.Request) -> web.Response:
        """An error on order."""
        text = f"The local cloud was told to answer {code}."
        return self._error(http, code, text, request, new_request_id())

    @staticmethod
    def _error(
        status: int, code: str, message: str, request: web.Request, request_id: str
    ) -> web.Response:
        host = request.headers.get("Host", "")
        return error_answer(status, code, message, request_id=request_id, host=host)
