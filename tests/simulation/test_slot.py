"""The slot in virtual time: hardly ever empty while work waits, and asked after seldom (law 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from shared.domain import gate as rules
from shared.domain.gate import Denied, Gate, Permit
from shared.domain.state import JobState
from shared.ports.tasks import TaskReport
from tests.simulation.pictures import picture
from tests.simulation.storm import GATE
from tests.simulation.world import World

IMAGES = 20


class CountedTasks:
    """Counts what the provider is asked, by task and by second."""

    def __init__(self, tasks: Any, now: Callable[[], float]) -> None:
        self._tasks, self._now = tasks, now
        self.fetched: list[tuple[float, str]] = []

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._tasks, verb)

    def fetch(self, task_id: str) -> TaskReport:
        self.fetched.append((self._now(), task_id))
        found: TaskReport = self._tasks.fetch(task_id)
        return found

    def per_task(self) -> dict[str, int]:
        names = [name for _, name in self.fetched]
        return {name: names.count(name) for name in names}

    def most_in_a_second(self) -> int:
        times = [at for at, _ in self.fetched]
        return max(sum(1 for t in times if 0 <= t - at < 1.0) for at in times)


def slow_port(world: World, port: Any, seconds: float = 0.005) -> Any:
    """Calls that take their time."""

    class Slow:
        def __getattr__(self, verb: str) -> Any:
            found = getattr(port, verb)

            def call(*args: Any, **kwargs: Any) -> Any:
                world.clock.advance(seconds)
                return found(*args, **kwargs)

            return call

    return Slow()


def ran(seconds: float, over_limit: str) -> tuple[World, CountedTasks]:
    """Twenty uploads at once, service times of *seconds* ± 10 %, five milliseconds a call."""
    world, dice = World(over_limit=over_limit), Random(7)
    world.tasks.service_seconds = lambda n: seconds * (0.9 + 0.2 * Random(n).random())
    counted = CountedTasks(slow_port(world, world.tasks), world.clock.now)
    slow = {name: slow_port(world, getattr(world, name)) for name in ("jobs", "gates", "claims")}
    functions = world.functions(tasks=counted, **slow)
    for n in range(IMAGES):
        functions.pipeline.take_in([world.upload(f"{n}.jpg", picture(n))])
        world.clock.advance(dice.random() * 0.05)
    world.run(functions)
    return world, counted


def utilisation(world: World) -> float:
    tasks = [(t.started_at or 0.0, t.ended_at or 0.0) for t in world.tasks.ledger.values()]
    return sum(e - s for s, e in tasks) / (max(e for _, e in tasks) - min(s for s, _ in tasks))


@pytest.mark.parametrize("seconds", [2.5, 5.0, 9.0, 12.5, 26.0])
@pytest.mark.parametrize(("over_limit", "least"), [("queue", 0.985), ("reject", 0.96)])
def test_the_slot_is_busy_and_the_provider_is_asked_seldom(
    seconds: float, over_limit: str, least: float
) -> None:
    world, counted = ran(seconds, over_limit)

    assert len(world.tasks.ledger) == IMAGES
    assert utilisation(world) >= least
    queries = counted.per_task().values()
    assert sum(queries) / IMAGES <= 10
    assert max(queries) <= 15
    assert counted.most_in_a_second() <= 16, "the account's twenty are shared"


def test_the_slot_changes_hands_in_one_write_of_the_gate() -> None:
    world = World(over_limit="reject", service_seconds=3.0)
    ran_gates: list[tuple[Gate, Gate]] = []
    store = world.gates.replace

    def noted(gate: Gate, **how: Any) -> None:
        before = world.gates.get(gate.id)
        store(gate, **how)
        assert before is not None
        ran_gates.append((before, gate))

    world.gates.replace = noted  # type: ignore[method-assign]  # a look from outside
    functions = world.functions()
    for n in range(4):
        functions.pipeline.take_in([world.upload(f"{n}.jpg", picture(n))])
    world.run(functions)

    def holders(gate: Gate) -> Sequence[str]:
        return [slot.job_id for slot in gate.slots]

    swaps = [
        after
        for before, after in ran_gates
        if before.slots
        and holders(before) != holders(after)
        and after.intent is not None
        and len(after.slots) == 1
    ]
    assert len(swaps) >= 2, "all but the first, whose end is found by a round"


def test_a_newcomer_does_not_pass_those_that_wait() -> None:
    world = World(over_limit="reject", service_seconds=5.0)
    functions = world.functions()
    first, second = (world.upload(f"{n}.jpg", picture(n)) for n in range(2))
    functions.pipeline.take_in([first])
    world.gates._rows[GATE] = replace(world.gates._rows[GATE], window=1)
    functions.pipeline.take_in([second])
    gate = functions.pipeline.gatekeeper.load()
    assert gate.others_wait

    functions.pipeline.gatekeeper.release(gate.slots[0].job_id, 1, billed=True)
    world.clock.advance(5.0)
    third = world.upload("3.jpg", picture(3))
    functions.pipeline.take_in([third])

    assert world.job(third).state is JobState.QUEUED
    assert not functions.pipeline.gatekeeper.load().slots


def test_newcomers_go_straight_on_again_when_the_queue_is_empty() -> None:
    world = World(over_limit="reject", service_seconds=2.0)
    functions = world.functions()
    for n in range(3):
        functions.pipeline.take_in([world.upload(f"{n}.jpg", picture(n))])
    world.run(functions)
    assert not functions.pipeline.gatekeeper.load().others_wait

    late = world.upload("late.jpg", picture(9))
    functions.pipeline.take_in([late])

    assert world.job(late).state is JobState.RUNNING


def test_posts_keep_their_distance_from_when_the_last_ones_were_sent() -> None:
    gate = Gate(id="g", version=1, nonce="n", window=3)
    for n, (asked, answered) in enumerate([(0.0, 5.0), (5.0, 5.1)]):
        permit = rules.permit(gate, job_id=f"j{n}", attempt=1, nonce="x", now=asked)
        assert isinstance(permit, Permit)
        gate = rules.accepted(permit.gate, f"j{n}", 1, task_id=f"t{n}", now=answered)

    denied = rules.permit(gate, job_id="j2", attempt=1, nonce="x", now=5.2)

    assert isinstance(denied, Denied)
    assert denied == Denied(reason="pace", retry_at=5.0 + rules.PACE_SECONDS)


def test_who_stands_by_has_claimed_its_content() -> None:
    """Prepared, and then its process died before it looked for its equals: one of those is at the
    provider, and whoever stands by is posted without another look.
    """
    world = World(over_limit="reject", service_seconds=3.0)
    functions = world.functions()
    pipeline = functions.pipeline
    pipeline.take_in([world.upload("leader.jpg", picture(1))])
    source = world.upload("equal.jpg", picture(1)).source
    place = pipeline.take_in.accept.places.new(source.key)
    job, _ = pipeline.journal.accept(source, place=place)
    pipeline.journal.apply(job, pipeline.advance.prepare._examined(job))
    one = replace(world.gates._rows[GATE], window=1, widened_at=world.clock.now())
    world.gates._rows[GATE] = one

    world.run(functions)

    assert len(world.tasks.ledger) == 1


def test_who_stands_by_is_read_again_after_the_gate_was() -> None:
    """Between the reading of the line and that of the gate somebody else may have served it."""
    world = World(over_limit="reject", service_seconds=3.0)
    functions = world.functions()
    pipeline = functions.pipeline
    watch = pipeline.drain.rounds.watch
    pipeline.take_in([world.upload("0.jpg", picture(0))])
    job = next(iter(world.jobs._rows.values()))

    assert watch._standing(pipeline.gatekeeper.load(), job) == job

    world.jobs._rows[job.id] = replace(job, version=job.version + 1)
    assert watch._standing(pipeline.gatekeeper.load(), job) == job, "the gate has not moved since"
    pipeline.gatekeeper.change(lambda gate: replace(gate, others_wait=not gate.others_wait))
    assert watch._standing(pipeline.gatekeeper.load(), job) is None
