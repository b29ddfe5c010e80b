"""The provider's slots: which task runs when, for how long, and what it comes to."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from scripts.localcloud.core.clock import CloudClock
from scripts.localcloud.services.dashscope.outcomes import FAILED, STUCK, SUSPENDED
from scripts.localcloud.services.dashscope.settings import Settings
from scripts.localcloud.services.dashscope.tasks import RUNNING, Task, TaskStore
from scripts.localcloud.services.dashscope.tasks import SUSPENDED as TASK_SUSPENDED
from scripts.localcloud.services.dashscope.work import Ended, Workshop

LOG = logging.getLogger("scripts.localcloud")
LONGEST_TASK = 3 * 3600
"""Seconds after submission at which a task without a result fails (`InternalError.Timeout`)."""
TIMEOUT_CODE = "InternalError.Timeout"
TIMEOUT_MESSAGE = (
    "An internal timeout error has occured during execution, please try again later or contact"
    " service support."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a task ended, and when (epoch seconds); `code` is empty where it succeeded."""

    task: Task
    code: str
    began: float
    done: float


class Scheduler:
    """Starts waiting tasks, the oldest first, `concurrency` of each model at a time.

    `told` hears of each one that has been worked on and has ended.
    """

    def __init__(
        self,
        store: TaskStore,
        workshop: Workshop,
        clock: CloudClock,
        settings: Callable[[], Settings],
        told: Callable[[End], None] = lambda _: None,
    ) -> None:
        self._told = told
        self._store = store
        self._workshop = workshop
        self._clock = clock
        self._settings = settings
        self._dice = random.Random()  # noqa: S311 - service times, not secrets
        self._running: dict[asyncio.Task[None], str] = {}

    def resume(self) -> None:
        """After a restart: what ran begins again, under its old id."""
        self._store.wait_again()
        self.fill_slots()

    def fill_slots(self) -> None:
        """Start what waits and fits: called when a task came or ended, or the settings changed."""
        running = Counter(self._running.values())
        for model in self._store.waiting_models():
            free = self._settings().concurrency - running[model]
            while free > 0 and (task := self._store.next_pending(model)) is not None:
                self._start(task)
                free -= 1

    async def stop(self) -> None:
        """Interrupt everything; it runs again at the next start."""
        running = list(self._running)
        self._running.clear()
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _start(self, task: Task) -> None:
        began = self._clock.now()
        self._store.start(task.task_id, began)
        run = asyncio.get_running_loop().create_task(self._run(task, began))
        self._running[run] = task.model
        run.add_done_callback(self._free)

    def _free(self, run: asyncio.Task[None]) -> None:
        if self._running.pop(run, None) is None:
            return  # the scheduler is being stopped
        if not run.cancelled() and (error := run.exception()) is not None:
            LOG.error("a task broke the scheduler", exc_info=error)
        self.fill_slots()

    async def _run(self, task: Task, began: float) -> None:
        try:
            await self._live(task, began)
        except Exception:
            LOG.exception("task %s", task.task_id)
            code, message = "InternalError", "An internal error has occured."
            self._store.fail(task.task_id, self._clock.now(), code, message)

    async def _live(self, task: Task, began: float) -> None:
        script = task.script or {}
        if script.get("outcome") == STUCK:
            await self._time_out(task)
            return
        if script.get("outcome") == SUSPENDED:
            began += await self._suspend(task, script["seconds"])
        planned = self._service_time(script)
        started = time.monotonic()
        ended = await self._ending(task, script)
        done = began + max(planned, time.monotonic() - started)
        await self._clock.sleep_until(began + planned)
        if ended.code:
            self._store.fail(task.task_id, done, ended.code, ended.message)
        else:
            self._store.succeed(task.task_id, done, ended.outputs)
        self._told(End(task=task, code=ended.code, began=began, done=done))

    async def _ending(self, task: Task, script: dict[str, str]) -> Ended:
        if script.get("outcome") == FAILED:
            return Ended(code=script["code"], message=script["message"])
        return await self._workshop.perform(task)

    def _service_time(self, script: dict[str, float | None]) -> float:
        scripted = script.get("service_time")
        if scripted is not None:
            return scripted
        return self._dice.uniform(*self._settings().service_time)

    async def _suspend(self, task: Task, seconds: float) -> float:
        self._store.move(task.task_id, TASK_SUSPENDED)
        await self._clock.sleep(seconds)
        self._store.move(task.task_id, RUNNING)
        return seconds

    async def _time_out(self, task: Task) -> None:
        deadline = task.submit_time + LONGEST_TASK
        await self._clock.sleep_until(deadline)
        self._store.fail(task.task_id, deadline, TIMEOUT_CODE, TIMEOUT_MESSAGE)
