"""Takes asynchronous invocations from the queue, runs them, retries them, reports their end."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from typing import Any, Final

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.exceptions import FcError, already_completed
from scripts.localcloud.services.fc.executor import Executor
from scripts.localcloud.services.fc.functions import Functions
from scripts.localcloud.services.fc.invocations import (
    EXPIRED,
    FAILED,
    INVALID,
    RUNNING,
    STOPPED,
    SUCCEEDED,
    Ending,
    Invocation,
    InvocationQueue,
    Target,
)
from scripts.localcloud.services.fc.permissions import Permissions
from scripts.localcloud.services.fc.pool import InstancePool
from scripts.localcloud.services.fc.specification import Outcome, failure

LOG = logging.getLogger("scripts.localcloud.fc")
FIRST_RETRY: Final = 1.0
"""Seconds before the first retry of a function error; doubled for each further one."""
LONGEST_RETRY: Final = 60.0
CONDITIONS: Final = {
    SUCCEEDED: "",
    FAILED: "RetriesExhausted",
    EXPIRED: "EventAgeExceeded",
}
REACHED: Final = ("acs:mns:", "acs:fc:")
"""How the destinations begin that there are here."""
GONE: Final = 404
"""The status of an error that says: no such service, function, version or alias."""


class Dispatcher:
    """The one consumer of the queue."""

    def __init__(
        self,
        cloud: Cloud,
        *,
        functions: Functions,
        queue: InvocationQueue,
        executor: Executor,
        pool: InstancePool,
        permissions: Permissions,
    ) -> None:
        self._cloud = cloud
        self._functions = functions
        self._queue = queue
        self._executor = executor
        self._pool = pool
        self._permissions = permissions
        self._running: Counter[Target] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: dict[int, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._loop_task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Something was added to the queue."""
        self._wake.set()

    def stop_one(self, invocation: Invocation) -> None:
        """Break off a stateful invocation, whether it waits or runs; nobody is told of its end.

        Raises:
            FcError: it is over.
        """
        running = self._open.pop(invocation.number, None)
        # One whose function has answered is no longer open, though its end may not be kept yet.
        if invocation.ended_at is not None or (invocation.status == RUNNING and not running):
            raise already_completed(invocation.invocation_id or "")
        # Kept before the run is broken off: a restart in between would run it again.
        self._queue.finish(invocation, Ending(status=STOPPED, at=self._cloud.clock.now()))
        if running is not None:
            running.cancel()

    async def start(self) -> None:
        """Begin to dispatch."""
        self._loop_task = asyncio.ensure_future(self._loop())

    async def stop(self) -> None:
        """Break off what runs; the queue runs it again at the next start."""
        tasks = [*self._tasks, *([self._loop_task] if self._loop_task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _loop(self) -> None:
        while True:
            self._wake.clear()
            try:
                sleeper = asyncio.ensure_future(self._sleep(self._launch()))
            except Exception:
                LOG.exception("dispatching failed")
                sleeper = asyncio.ensure_future(asyncio.sleep(1))
            waker = asyncio.ensure_future(self._wake.wait())
            try:
                await asyncio.wait((sleeper, waker), return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleeper.cancel()
                waker.cancel()

    async def _sleep(self, until: float | None) -> None:
        if until is None:
            await asyncio.Event().wait()
        else:
            await self._cloud.clock.sleep_until(until)

    def _launch(self) -> float | None:
        """Start what may start; answers when to look again unless woken."""
        now = self._cloud.clock.now()
        later = []
        for target in list(self._queue.targets):
            free = self._limit(target) - self._running[target]
            for invocation in self._queue.due(target, now, free) if free > 0 else ():
                self._begin(invocation)
            ready = self._queue.next_ready(target)
            if ready is None:
                self._queue.targets.discard(target)
            elif ready > now:
                later.append(ready)
        return min(later, default=None)

    def _limit(self, target: Target) -> int:
        try:
            return self._pool.limit(self._functions.specification(*target))
        except FcError:
            return 1  # it is gone: let its invocations fail one by one

    def _begin(self, invocation: Invocation) -> None:
        self._queue.mark_running(invocation)
        self._running[invocation.target] += 1
        task = asyncio.ensure_future(self._perform(invocation))
        self._tasks.add(task)
        self._open[invocation.number] = task
        task.add_done_callback(lambda done: self._ended(invocation.target, done))

    def _ended(self, target: Target, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._running[target] -= 1
        if not task.cancelled() and (error := task.exception()) is not None:
            LOG.error("an invocation broke", exc_info=error)
        self._wake.set()

    async def _perform(self, invocation: Invocation) -> None:
        try:
            outcome, over = await self._outcome(invocation)
        finally:
            self._open.pop(invocation.number, None)
        config = self._functions.async_config(*invocation.target)
        if over is None and invocation.retries < config["maxAsyncRetryAttempts"]:
            pause = min(FIRST_RETRY * 2**invocation.retries, LONGEST_RETRY)
            ready_at = self._cloud.clock.now() + pause
            self._queue.retry(invocation, ready_at=ready_at, error=_message(outcome))
            return
        await self._end(invocation, over or FAILED, outcome, config)

    async def _outcome(self, invocation: Invocation) -> tuple[Outcome, str | None]:
        """What came of a run, and the status that this ends it with; None where it may be tried."""
        most = self._functions.async_config(*invocation.target)["maxAsyncEventAgeInSeconds"]
        if self._cloud.clock.now() - invocation.enqueued_at > most:
            return failure(f"the event is older than {most} seconds"), EXPIRED
        try:
            specification = self._functions.specification(*invocation.target)
            outcome = await self._executor.run(
                specification, invocation.payload, request_id=invocation.request_id
            )
        except FcError as error:
            return failure(error.message, error.code), INVALID if error.status == GONE else None
        return outcome, SUCCEEDED if outcome.ok else None

    async def _end(
        self, invocation: Invocation, status: str, outcome: Outcome, config: dict[str, Any]
    ) -> None:
        told = await self._tell(invocation, status, outcome, config)
        ending = Ending(
            status=status,
            at=self._cloud.clock.now(),
            error="" if outcome.ok else _message(outcome),
            destination=told,
            returned=outcome.body.decode(errors="replace") if outcome.ok else "",
        )
        self._queue.finish(invocation, ending)

    async def _tell(
        self, invocation: Invocation, status: str, outcome: Outcome, config: dict[str, Any]
    ) -> str:
        """Report to the destination; answers how that went, "" where nobody is to be told."""
        which = "onSuccess" if status == SUCCEEDED else "onFailure"
        destination = (config.get("destinationConfig") or {}).get(which) or {}
        arn = destination.get("destination")
        if not arn:
            return ""
        if not arn.startswith(REACHED):
            LOG.warning("fc: nothing here takes reports for the destination %s", arn)
            return FAILED
        if not self._may_report(invocation, arn):
            return FAILED
        message = self._report(invocation, status, outcome)
        try:
            await self._cloud.bus.publish("fc.destination", {"arn": arn, "message": message})
        except Exception:
            LOG.exception("the destination %s did not take the report", arn)
            return FAILED
        return SUCCEEDED

    def _may_report(self, invocation: Invocation, destination: str) -> bool:
        try:
            specification = self._functions.specification(*invocation.target)
        except FcError:
            return False  # the function is gone, and its role with it
        return self._permissions.may_report(specification, destination)

    def _report(self, invocation: Invocation, status: str, outcome: Outcome) -> dict[str, Any]:
        service, function, qualifier = invocation.target
        identity = self._cloud.identity
        return {
            "timestamp": int(self._cloud.clock.now() * 1000),
            "requestContext": {
                "requestId": invocation.request_id,
                "functionArn": f"acs:fc:{identity.region}:{identity.account_id}"
                f":services/{service}.{qualifier}/functions/{function}",
                "condition": CONDITIONS.get(status, status),
                "approximateInvokeCount": invocation.retries + 1,
            },
            "requestPayload": invocation.payload.decode(errors="replace"),
            "responseContext": {
                "statusCode": 200,
                "functionError": outcome.error_type or "",
            },
            "responsePayload": outcome.body.decode(errors="replace"),
        }


def _message(outcome: Outcome) -> str:
    try:
        return str(json.loads(outcome.body).get("errorMessage", ""))
    except (ValueError, AttributeError):
        return outcome.body[:1000].decode(errors="replace")
