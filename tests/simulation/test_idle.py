"""Idle costs next to nothing, and many uploads wake few pollers (law 7, protocol 20).

A minute is a tick and a row; each ten minutes the queue of what Function Compute gave up on is
read as well (protocol 13).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from shared.domain.state import JobState
from shared.ports.functions import POLLER
from tests.simulation.pictures import picture
from tests.simulation.storm import GATE
from tests.simulation.world import Functions, World


class Counted:
    """Counts the calls of a port."""

    def __init__(self, port: Any, calls: Counter[str], name: str) -> None:
        self._port, self._calls, self._name = port, calls, name

    def __getattr__(self, verb: str) -> Any:
        found = getattr(self._port, verb)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._calls[f"{self._name}.{verb}"] += 1
            return found(*args, **kwargs)

        return call


def counted(world: World) -> tuple[Functions, Counter[str]]:
    calls: Counter[str] = Counter()
    names = ("jobs", "gates", "flows", "claims", "objects", "tasks", "failures", "invoker")
    ports = {name: Counted(getattr(world, name), calls, name) for name in names}
    return world.functions(**ports), calls


def test_an_idle_minute_costs_one_tick_and_one_row_read() -> None:
    world = World()
    functions, calls = counted(world)
    functions.pipeline.take_in([world.upload("a.jpg", picture(1))])
    world.run(functions)
    for _ in range(2):  # who found something comes back once more
        world.clock.advance(60)
        functions.pipeline.drain(until=world.clock.monotonic() + 600)
    calls.clear()

    for _ in range(6):
        world.clock.advance(60)
        report = functions.pipeline.drain(until=world.clock.monotonic() + 600)
        assert report.left_because == "quiet", calls

    assert calls == {"gates.get": 6}


def test_many_uploads_wake_one_poller() -> None:
    world = World(service_seconds=3.0)
    functions = world.functions()
    functions.pipeline.take_in([world.upload("0.jpg", picture(0))])
    burst = [world.upload(f"{n}.jpg", picture(n)) for n in range(1, 40)]
    uploaded = iter(burst)

    def meanwhile() -> None:
        world._finalize(functions)
        upload = next(uploaded, None)
        if upload is not None:
            functions.pipeline.take_in([upload])

    world.clock.meanwhile = meanwhile
    kicks = [asked for asked in world.invoker.asked if asked[0] == POLLER]
    assert len(kicks) == 1
    world.invoker.asked.remove(kicks[0])
    functions.pipeline.drain(until=world.clock.monotonic() + 600)

    assert {world.job(upload).state for upload in burst} == {JobState.DONE}
    asked = [each for each in world.invoker.asked if each[0] == POLLER]
    assert asked == [], "the one that is up sees every upload by itself"


def test_a_generation_without_progress_wakes_no_successor() -> None:
    world = World(service_seconds=10**6)
    functions = world.functions()
    functions.pipeline.take_in([world.upload("stuck.jpg", picture(1))])
    world.invoker.asked.clear()
    functions.pipeline.drain(until=world.clock.monotonic() + 300)
    world.invoker.asked.clear()

    report = functions.pipeline.drain(until=world.clock.monotonic() + 300)

    assert (report.left_because, report.moved) == ("handed over", 0)
    assert world.invoker.asked == []


def test_the_gates_row_stays_small() -> None:
    world = World()
    functions = world.functions()
    for n in range(30):
        functions.pipeline.take_in([world.upload(f"folder-{n}/{n}.jpg", picture(n))])
    early = len(repr(world.gates._rows[GATE]))
    world.run(functions)
    for n in range(30, 120):
        functions.pipeline.take_in([world.upload(f"folder-{n}/{n}.jpg", picture(n))])
    world.run(functions)

    assert len(repr(world.gates._rows[GATE])) <= early + 100
