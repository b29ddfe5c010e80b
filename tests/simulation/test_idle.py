"""Idle costs next to nothing, and many uploads wake few pollers (law 7, protocol 20).

A minute is a tick and a row; each ten minutes the queue of what Function Compute gave up on is
read as well (protocol 13).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from shared.domain import lease
from shared.domain.events import PIPELINE_STALLED
from shared.domain.failure import FailureKind
from shared.domain.gate import Gate
from shared.domain.lease import MOST_FRUITLESS
from shared.domain.state import JobState
from shared.ports.errors import RefusedError
from shared.ports.functions import POLLER
from tests.simulation.pictures import picture
from tests.simulation.provider import failure
from tests.simulation.stories import Doorkeeper
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


def _generation(world: World, functions: Functions) -> None:
    """A tick's poller, to the end of its time."""
    world.clock.advance(30)
    functions.pipeline.drain(until=world.clock.monotonic() + 300)


def _stalls(world: World) -> list[str]:
    return [event.id for event in world.sink.published if event.type == PIPELINE_STALLED]


def test_generations_without_progress_are_told_once_until_there_is_some() -> None:
    world = World(service_seconds=10**6)
    functions = world.functions()
    functions.pipeline.take_in([world.upload("stuck.jpg", picture(1))])
    for _ in range(MOST_FRUITLESS):
        _generation(world, functions)
    assert _stalls(world) == []

    for _ in range(3):
        _generation(world, functions)
    assert _stalls(world) == [f"{GATE}:{PIPELINE_STALLED}:{MOST_FRUITLESS + 1}"]

    functions.pipeline.take_in([world.upload("moves.jpg", picture(2))])
    functions.pipeline.gatekeeper.change(lambda gate: lease.taken(gate, "a", now=0.0))
    functions.pipeline.gatekeeper.change(lambda gate: lease.dropped(gate, "a", moved=True))
    assert functions.pipeline.gatekeeper.load().fruitless == 0


def test_a_provider_that_refuses_everything_for_too_many_is_no_progress() -> None:
    busy = failure(FailureKind.RETRY, "Throttling.RateQuota")
    world = World()
    door = Doorkeeper(world, lambda _: RefusedError(busy, throttled=True))
    functions = world.functions(tasks=door)
    functions.pipeline.take_in([world.upload("0.jpg", picture(0))])
    for _ in range(MOST_FRUITLESS + 1):
        _generation(world, functions)

    assert len(door.posts) > 100
    assert len(_stalls(world)) == 1


def test_pollers_that_die_of_their_work_count_as_well() -> None:
    gate = Gate(id="g", version=1, nonce="n")
    for n in range(2 * MOST_FRUITLESS):
        gate = lease.taken(gate, f"poller-{n}", now=60.0 * n)

    assert [event.type for event in gate.outbox] == [PIPELINE_STALLED]


def test_progress_is_noted_with_the_next_heartbeat() -> None:
    gate = lease.taken(Gate(id="g", version=1, nonce="n", fruitless=2), "a", now=0.0)

    assert lease.renewed(gate, "a", now=4.0).fruitless == 3
    assert lease.renewed(gate, "a", now=4.0, moved=True).fruitless == 0
    assert lease.left(gate, "a", next_due=None).fruitless == 0


def test_one_that_was_paused_asks_whether_it_still_holds_the_lease_first() -> None:
    world = World(service_seconds=3.0)
    functions = world.functions()
    functions.pipeline.take_in([world.upload("0.jpg", picture(0))])
    drain = functions.pipeline.drain
    rounds = _Interrupted(drain.rounds, lambda: _taken_over(world, functions))

    report = replace(drain, rounds=rounds)(until=world.clock.monotonic() + 300)  # type: ignore[arg-type]  # a stand-in

    assert (report.left_because, report.rounds) == ("lost the lease", 1)


class _Interrupted:
    """Rounds after the first of which the instance is frozen for a while."""

    def __init__(self, rounds: Any, frozen: Any) -> None:
        self._rounds, self._frozen = rounds, frozen

    def between(self, *args: Any, **how: Any) -> int:
        self._frozen()
        return int(self._rounds.between(*args, **how))

    def __call__(self) -> Any:
        return self._rounds()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rounds, name)


def _taken_over(world: World, functions: Functions) -> None:
    world.clock.advance(2 * lease.LEASE_SECONDS)
    functions.pipeline.gatekeeper.change(lambda g: lease.taken(g, "other", now=world.clock.now()))


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
