"""`python -m tests.simulation.slots [--json]`: how busy the slot is, in virtual time.

The unchanged pipeline over memory adapters whose calls take what the real ones do, against a
program that acts only on the minute: it asks after its task, and submits the next one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from shared.adapters.memory.clock import ManualClock
from shared.adapters.memory.tasks import MemoryTaskService
from shared.domain.state import JobState
from shared.ports.tasks import Submission
from shared.usecases.draw_result import DrawResult
from tests.simulation.grafting import grafted
from tests.simulation.pictures import QuickDraw, one_person, picture
from tests.simulation.world import Functions, World

OURS, MINUTE = "maskline", "acts on the minute"
SECONDS: Final = {"jobs": 0.006, "gates": 0.006, "claims": 0.006, "objects": 0.012}
"""What one call of a port takes, as within a region; the provider is farther away."""
PROVIDER_SECONDS: Final = 0.035
AT_HOME: Final = frozenset({"sign"})
"""What is computed by the caller, without a network."""
LONG: Final = ((2.5, 500), (9.0, 500), (26.0, 500))
SHORT: Final = ((2.5, 20), (5.0, 20), (9.0, 20), (12.5, 20), (26.0, 20))
DRAIN_SECONDS: Final = 600.0


class Slow:
    """A port whose calls take time."""

    def __init__(self, target: Any, seconds: float, clock: ManualClock) -> None:
        self._target, self._seconds, self._clock = target, seconds, clock
        self.calls = 0

    def __getattr__(self, verb: str) -> Any:
        found = getattr(self._target, verb)
        return self._delayed(found) if callable(found) else found

    def _delayed(self, found: Callable[..., Any]) -> Callable[..., Any]:
        seconds = 0.0 if found.__name__ in AT_HOME else self._seconds

        def call(*args: Any, **kwargs: Any) -> Any:
            self._clock.advance(seconds / 2)
            self.calls += 1
            answer = found(*args, **kwargs)
            self._clock.advance(seconds / 2)
            return answer

        return call


@dataclass(frozen=True, slots=True)
class Run:
    """One setting; `seconds` a task takes, ± 10 %."""

    seconds: float
    images: int
    over_limit: str

    def services(self) -> Callable[[int], float]:
        """What the n-th task takes: the same for every contender."""
        random = Random(int(self.seconds * 10))
        taken = [random.uniform(0.9, 1.1) * self.seconds for _ in range(2 * self.images)]
        return lambda number: taken[number % len(taken)]


def ours(run: Run) -> dict[str, Any]:
    """The pipeline: submit, poller and finalizers, each call with its delay."""
    world = World(over_limit=run.over_limit)
    world.tasks.service_seconds = run.services()
    world.tasks.segment = one_person
    functions = _functions(world)
    provider = functions.provider
    uploads = [
        world.upload(f"{n}.jpg", picture(n % 250) + n.to_bytes(2, "big")) for n in range(run.images)
    ]
    for upload in uploads:
        functions.beside.pipeline.take_in([upload])
    _run_to_the_end(world, functions)
    done = sum(world.job(upload).state is JobState.DONE for upload in uploads)
    return _row(OURS, run, world.tasks, provider.asked, done)


class _Counting:
    """The provider, a network away; `asked` counts queries."""

    def __init__(self, tasks: MemoryTaskService, clock: ManualClock) -> None:
        self._tasks, self.asked = Slow(tasks, PROVIDER_SECONDS, clock), 0

    def __getattr__(self, verb: str) -> Any:
        self.asked += verb in {"fetch", "list"}
        return getattr(self._tasks, verb)


@dataclass(frozen=True, slots=True)
class _Instances:
    """The poller's calls take its time; submits and finalizers run beside it and take none."""

    poller: Functions
    beside: Functions
    provider: _Counting


def _functions(world: World) -> _Instances:
    provider = _Counting(world.tasks, world.clock)
    ports = {
        name: Slow(getattr(world, name), seconds, world.clock) for name, seconds in SECONDS.items()
    }
    poller = world.functions(**ports, tasks=provider)
    beside = grafted(world.functions(), {DrawResult: QuickDraw})
    return _Instances(poller, beside, provider)


def _run_to_the_end(world: World, functions: _Instances) -> None:
    """As Function Compute would: kicks and hand-overs at once, else the minute's tick."""
    world.clock.meanwhile = lambda: world._finalize(functions.beside)
    for _ in range(1_000_000):
        world._finalize(functions.beside)
        if world._taken("poller") is None and not _unsettled(world):
            return
        report = functions.poller.pipeline.drain(until=world.clock.monotonic() + DRAIN_SECONDS)
        if report.left_because == "idle" and _unsettled(world):
            world.clock.sleep(60.0)


def _unsettled(world: World) -> bool:
    return any(not job.state.is_final for job in world.jobs._rows.values())


def on_the_minute(run: Run) -> dict[str, Any]:
    """Every minute: ask after the task; where it has ended, submit the next picture."""
    clock = ManualClock()
    tasks = MemoryTaskService(
        clock=clock,
        read=lambda _: picture(0),
        segment=one_person,
        service_seconds=run.services(),
        over_limit=run.over_limit,
    )
    asked, done, current = 0, 0, None
    while done < run.images:
        if current is not None:
            asked += 1
            done += tasks.fetch(current).ended_at is not None
        if done < run.images:
            taken = tasks.submit(
                Submission(model="m", inputs={"image_url": "memory://"}), timeout=10.0
            )
            current = taken.task_id
        clock.advance(60.0)
    return _row(MINUTE, run, tasks, asked, done)


def _row(
    contender: str, run: Run, tasks: MemoryTaskService, asked: int, done: int
) -> dict[str, Any]:
    ended = [
        (t.started_at, t.ended_at) for t in tasks.ledger.values() if t.started_at and t.ended_at
    ]
    length = max(end for _, end in ended) - min(start for start, _ in ended)
    return {
        "contender": contender,
        "service": run.seconds,
        "over_limit": run.over_limit,
        "images": run.images,
        "time": "virtual",
        "utilisation": sum(end - start for start, end in ended) / length,
        "queries_per_task": asked / len(tasks.ledger),
        "done": done,
    }


def measured(chosen: Sequence[tuple[float, int]]) -> Iterator[Mapping[str, Any]]:
    """Every contender in every setting."""
    for seconds, images in chosen:
        for over_limit in ("queue", "reject"):
            run = Run(seconds, images, over_limit)
            yield ours(run)
            yield on_the_minute(run)


def main(arguments: Sequence[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="slots", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON list")
    chosen = parser.parse_args(arguments)
    rows = list(measured((*SHORT, *LONG)))
    if chosen.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print(
            f"{row['contender']:20}{row['service']:>6} s {row['over_limit']:8}{row['images']:>5}"
            f" images  {row['utilisation']:.4f}  {row['queries_per_task']:.1f} queries a task"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
