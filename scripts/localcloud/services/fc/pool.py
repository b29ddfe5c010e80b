"""The instances: how many may run, who waits, which are kept warm, which are let go.

Busy instances are bounded in all and for each function. Idle ones are kept for a while, bounded
too, and the one idle longest goes first.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.exceptions import exhausted
from scripts.localcloud.services.fc.instance import Instance, start_instance
from scripts.localcloud.services.fc.logs import FunctionLog
from scripts.localcloud.services.fc.specification import FunctionSpecification

IDLE_SECONDS: Final = 300.0
REAP_SECONDS: Final = 5.0
PER_FUNCTION: Final = 2


def default_most_instances() -> int:
    """Busy instances in all: a little more than there are cores, since functions mostly wait."""
    return max(4, (os.cpu_count() or 1) + 2)


class InstancePool:
    """Lends instances, one invocation each."""

    def __init__(
        self,
        cloud: Cloud,
        *,
        most_instances: int | None = None,
        per_function: int = PER_FUNCTION,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._cloud = cloud
        self._most = most_instances or default_most_instances()
        self._per_function = per_function
        self._idle_seconds = idle_seconds
        self._busy: Counter[tuple[str, str]] = Counter()
        self._running: set[Instance] = set()
        self._idle: list[Instance] = []
        self._changed = asyncio.Condition()
        self._logs: dict[str, FunctionLog] = {}
        self._returning: set[asyncio.Future[None]] = set()
        self._reaper: asyncio.Task[None] | None = None

    def limit(self, specification: FunctionSpecification) -> int:
        """How many instances of this function may be busy at once."""
        wanted = specification.most_instances
        return self._per_function if wanted is None else wanted

    async def start(self) -> None:
        """Begin letting idle instances go."""
        self._reaper = asyncio.ensure_future(self._reap())

    async def stop(self) -> None:
        """Kill every instance."""
        if self._reaper is not None:
            self._reaper.cancel()
            await asyncio.gather(self._reaper, return_exceptions=True)
        await asyncio.gather(*self._returning, return_exceptions=True)
        everyone = [*self._running, *self._idle]
        self._idle.clear()
        await asyncio.gather(*(instance.kill() for instance in everyone))

    async def kill(self, function: str) -> int:
        """SIGKILL to every instance of a function, of whatever service; how many there were."""
        hit = [
            instance
            for instance in [*self._running, *self._idle]
            if instance.specification.function == function and instance.alive
        ]
        for instance in hit:
            instance.kill_now()
        self._idle = [instance for instance in self._idle if instance not in hit]
        await asyncio.gather(*(i.kill() for i in hit if i not in self._running))
        return len(hit)

    def processes(self, function: str) -> list[int]:
        """Process ids of a function's instances."""
        everyone = [*self._running, *self._idle]
        return [i.process_id for i in everyone if i.specification.function == function and i.alive]

    @contextlib.asynccontextmanager
    async def lease(
        self, specification: FunctionSpecification, *, patience: float | None = None
    ) -> AsyncIterator[Instance]:
        """An instance for one invocation, warm if there is one; waits for its turn.

        Raises:
            FcError: its turn did not come within `patience` seconds.
        """
        key = (specification.service, specification.function)
        await self._take_turn(key, self.limit(specification), patience)
        instance: Instance | None = None
        try:
            instance = await self._warm(specification)
            if instance is None:
                instance = await self._cold(specification)
                self._running.add(instance)
            yield instance
        finally:
            # Whoever is broken off here again leaves its turn to the next one all the same.
            back = asyncio.ensure_future(self._give_back(key, instance))
            self._returning.add(back)
            back.add_done_callback(self._returning.discard)
            await asyncio.shield(back)

    async def _give_back(self, key: tuple[str, str], instance: Instance | None) -> None:
        try:
            if instance is not None:
                self._running.discard(instance)
                await self._keep(instance)
        finally:
            async with self._changed:
                self._busy[key] -= 1
                self._changed.notify_all()

    async def _take_turn(self, key: tuple[str, str], limit: int, patience: float | None) -> None:
        async with self._changed:
            turn = self._changed.wait_for(lambda: self._free(key, limit))
            try:
                await asyncio.wait_for(turn, patience)
            except asyncio.TimeoutError:
                text = f"no instance of function '{key[1]}' became free in {patience:g} seconds"
                raise exhausted(text) from None
            self._busy[key] += 1

    def _free(self, key: tuple[str, str], limit: int) -> bool:
        return self._busy.total() < self._most and self._busy[key] < limit

    async def _warm(self, specification: FunctionSpecification) -> Instance | None:
        same = [i for i in self._idle if _same_function(i.specification, specification)]
        stale = [i for i in same if not _serves(i, specification)]
        self._idle = [i for i in self._idle if i not in stale]
        await asyncio.gather(*(instance.kill() for instance in stale))
        for instance in reversed(self._idle):
            if _same_function(instance.specification, specification) and _serves(
                instance, specification
            ):
                self._idle.remove(instance)
                self._running.add(instance)
                return instance
        return None

    async def _cold(self, specification: FunctionSpecification) -> Instance:
        log = self._logs.setdefault(
            specification.function,
            FunctionLog(
                self._cloud.data_dir / "logs", specification.function, self._cloud.metrics.read
            ),
        )
        return await start_instance(specification, self._environment(specification), log)

    def _environment(self, specification: FunctionSpecification) -> dict[str, str]:
        identity = self._cloud.identity
        return {
            **specification.environment,
            "MASKLINE_CLOCK_OFFSET_FILE": str(self._cloud.clock.offset_path),
            "FC_ACCOUNT_ID": identity.account_id,
            "FC_REGION": identity.region,
            "FC_SERVICE_NAME": specification.service,
            "FC_FUNCTION_NAME": specification.function,
            "FC_FUNCTION_HANDLER": specification.handler,
            "FC_FUNCTION_MEMORY_SIZE": str(specification.memory),
            "FC_FUNC_CODE_PATH": str(specification.code_dir),
            "FC_QUALIFIER": specification.qualifier,
            "FC_VERSION_ID": specification.version_id,
            "FC_RUNTIME": specification.runtime,
        }

    async def _keep(self, instance: Instance) -> None:
        if not instance.alive:
            await instance.kill()
            return
        self._idle.append(instance)
        surplus = len(self._idle) + len(self._running) - 2 * self._most
        if surplus > 0:
            gone, self._idle = self._idle[:surplus], self._idle[surplus:]
            await asyncio.gather(*(old.kill() for old in gone))

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(min(REAP_SECONDS, self._idle_seconds))
            limit = time.monotonic() - self._idle_seconds
            gone = [i for i in self._idle if i.idle_since < limit or not i.alive]
            self._idle = [i for i in self._idle if i not in gone]
            await asyncio.gather(*(instance.kill() for instance in gone))


def _serves(instance: Instance, specification: FunctionSpecification) -> bool:
    """Whether an instance runs, and runs what is wanted now."""
    return instance.alive and instance.specification.revision == specification.revision


def _same_function(one: FunctionSpecification, other: FunctionSpecification) -> bool:
    return (one.service, one.function, one.qualifier) == (
        other.service,
        other.function,
        other.qualifier,
    )
