"""The pipeline with ports that tell: every line of its log, in the form that functions print."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.telling.failures import ToldFailureQueue
from shared.adapters.telling.gates import ToldGateStore
from shared.adapters.telling.jobs import ToldJobStore
from shared.adapters.telling.meter import Meter
from shared.adapters.telling.tasks import ToldTaskService
from shared.domain.stage import Stage
from shared.observability import JsonLines
from tests.simulation.world import Functions, World


@dataclass(slots=True)
class Told:
    """A world and what its functions print. Lines carry the world's time as `at`."""

    world: World
    meter: Meter = field(init=False)
    functions: Functions = field(init=False)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        world = self.world
        self.meter = Meter(world.clock, alive=True)
        stages = dict.fromkeys((gate for gate in world.gates._rows), Stage.SEGMENT)
        self.functions = world.functions(
            jobs=ToldJobStore(world.jobs, self.meter, world.clock),
            gates=ToldGateStore(world.gates, self.meter, stages),
            tasks=ToldTaskService(world.tasks, self.meter),
            failures=ToldFailureQueue(world.failures, self.meter),
        )

    def upload(self, *keys: str, data: list[bytes]) -> None:
        """Take in uploads, and let pollers and finalizers work until nothing is left to do."""
        uploads = [self.world.upload(key, bits) for key, bits in zip(keys, data, strict=True)]
        with self.listening():
            for upload in uploads:
                self.functions.pipeline.take_in([upload])
            self.world.run(self.functions)
            self.meter.tell()

    def tick(self) -> None:
        """The timer's poller."""
        with self.listening():
            until = self.world.clock.monotonic() + 600
            self.functions.pipeline.poll(None, until=until)
            self.world.run(self.functions)
            self.meter.tell()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Collect what is written meanwhile."""
        handler = _Listener(self)
        logger = logging.getLogger("maskline")
        before = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.setLevel(before)

    def measures(self, metric: str) -> list[dict[str, Any]]:
        """The lines of one metric."""
        return [line for line in self.lines if line.get("metric") == metric]

    def facts(self) -> list[str]:
        """What was told of jobs, in order."""
        return [line["message"] for line in self.lines if line["logger"] == "maskline.jobs"]


class _Listener(logging.StreamHandler[io.StringIO]):
    def __init__(self, told: Told) -> None:
        super().__init__(io.StringIO())
        self._told = told
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        line = json.loads(self.format(record))
        self._told.lines.append({**line, "at": self._told.world.clock.now()})
