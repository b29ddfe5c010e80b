"""Fires timer triggers by the clock of the cloud; a jump of it fires each one once."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Final

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.invocations import InvocationQueue
from scripts.localcloud.services.fc.registry import Document, etag, timestamp
from scripts.localcloud.services.fc.schedule import Schedule, parse_schedule
from scripts.localcloud.services.fc.specification import LATEST
from scripts.localcloud.services.fc.triggers import Triggers, enabled

LOG = logging.getLogger("scripts.localcloud.fc")
SOON: Final = 1.0
"""Seconds after the cloud's start at which an `@every` trigger fires first: work that was left
behind need not wait out an interval."""


class Timers:
    """One sleeping task for each enabled timer trigger."""

    def __init__(
        self,
        cloud: Cloud,
        *,
        triggers: Triggers,
        queue: InvocationQueue,
        fired: Callable[[], None],
    ) -> None:
        self._cloud = cloud
        self._triggers = triggers
        self._queue = queue
        self._fired = fired
        self._tasks: dict[str, tuple[str, asyncio.Task[None]]] = {}

    def refresh(self, *, soon: bool = False) -> None:
        """Follow what the triggers are now; `soon` has new `@every` ones fire almost at once."""
        wanted = {p: t for p, t in self._triggers.of_type("timer").items() if enabled(t)}
        for path, (state, task) in list(self._tasks.items()):
            if path not in wanted or etag(wanted[path]["triggerConfig"]) != state:
                task.cancel()
                del self._tasks[path]
        for path, trigger in wanted.items():
            if path not in self._tasks:
                self._tasks[path] = (
                    etag(trigger["triggerConfig"]),
                    self._begin(path, trigger, soon),
                )

    async def stop(self) -> None:
        """Fire no more."""
        tasks = [task for _, task in self._tasks.values()]
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, path: str, trigger: Document, soon: bool) -> asyncio.Task[None]:
        schedule = parse_schedule(trigger["triggerConfig"]["cronExpression"])
        # Counted from here, not from when the task comes to run: the clock may jump in between.
        due = _first(schedule, self._cloud.clock.now(), soon=soon)
        return asyncio.ensure_future(self._run(path, trigger, schedule, due))

    async def _run(self, path: str, trigger: Document, schedule: Schedule, due: float) -> None:
        clock = self._cloud.clock
        while True:
            await clock.sleep_until(due)
            try:
                self._fire(path, trigger)
            except Exception:
                LOG.exception("the timer %s did not fire", path)
            # From now, not from the last time: a jump of hours is one tick.
            due = schedule.next_after(clock.now())

    def _fire(self, path: str, trigger: Document) -> None:
        now = self._cloud.clock.now()
        _, service, _, function, *_ = path.split("/")
        event = {
            "triggerTime": timestamp(now),
            "triggerName": trigger["triggerName"],
            "payload": trigger["triggerConfig"].get("payload", ""),
        }
        target = (service, function, trigger["qualifier"] or LATEST)
        self._queue.add(target, json.dumps(event, ensure_ascii=False).encode(), now=now)
        self._fired()


def _first(schedule: Schedule, now: float, *, soon: bool) -> float:
    if soon and schedule.interval is not None:
        return now + SOON
    return schedule.next_after(now)
