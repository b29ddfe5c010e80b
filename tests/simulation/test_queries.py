"""Never more than twenty questions to the provider in any second, whoever asks (law 5): pollers of
both stages watch their slots while Function Compute lets dozens of finalizers go at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import pytest

from shared.adapters.memory.clock import ManualClock
from shared.domain import policy
from shared.domain.line import Flow
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.ports.errors import ConflictError, RetryableError, ThrottledError
from shared.ports.functions import FINALIZER
from shared.usecases.asking import LONGEST_WAIT, AskInTurn, OwnPace, SharedTurns
from shared.usecases.draw_result import DrawResult
from shared.usecases.save_raw import SaveRaw
from tests.simulation.grafting import grafted
from tests.simulation.pictures import QuickDraw, QuickSaveRaw, picture
from tests.simulation.side_by_side import LATENCY, PROVIDER_LATENCY, SideBySide
from tests.simulation.world import Functions, World

ALLOWED: Final = 20


class Asked:
    """The provider; `times` are those at which a question reached it."""

    def __init__(self, world: World) -> None:
        self._world, self.times = world, list[float]()

    def __getattr__(self, verb: str) -> Any:
        if verb in {"fetch", "list"}:
            self.times.append(self._world.clock.now())
        return getattr(self._world.tasks, verb)

    def most(self) -> int:
        """The most in any second."""
        return max(sum(0 <= t - at < 1.0 for t in self.times) for at in self.times)


@dataclass
class Service:
    """Function Compute: every invocation has an instance of its own; finalizers are held up for so
    many seconds, and then all of them start at once.
    """

    world: World
    held_up: float
    parts: Mapping[type, type] = field(default_factory=dict)
    asked: Asked = field(init=False)
    time: SideBySide = field(init=False)
    release_at: float = 0.0
    tick_at: float = 0.0

    def __post_init__(self) -> None:
        self.time, self.asked = SideBySide(self.world.clock), Asked(self.world)
        self.tick_at = self.world.clock.now()

    def functions(self) -> Functions:
        """A fresh instance."""
        slow, world = self.time.slow, self.world
        ports = {name: slow(getattr(world, name), seconds) for name, seconds in LATENCY.items()}
        tasks = slow(self.asked, PROVIDER_LATENCY)
        built = world.functions(clock=self.time, tasks=tasks, **ports)
        return grafted(built, {DrawResult: QuickDraw, SaveRaw: QuickSaveRaw, **self.parts})

    def begin(self) -> None:
        """Start what was asked for: pollers at once, finalizers all together now and then."""
        now = self.world.clock.now()
        if now >= self.release_at:
            self.release_at = now + self.held_up
        while self.world.invoker.asked:
            name, payload, _ = self.world.invoker.asked.pop(0)
            if name == FINALIZER:
                self._finalizer(payload, self.release_at - now)
            else:
                self.time.begin(partial(self._poller, Stage(str(payload["stage"]))))
        if now >= self.tick_at:
            self.tick_at = now + 60.0
            self.time.begin(partial(self._poller, None))

    def _poller(self, stage: Stage | None) -> None:
        self.functions().pipeline.poll(stage, until=self.time.monotonic() + 600.0)

    def _finalizer(self, payload: Mapping[str, Any], delay: float, tries: int = 0) -> None:
        named = dict(payload)
        job_id = str(named.pop("job_id"))

        def finalize() -> None:
            try:
                self.functions().finalize(job_id, **named)
            except (RetryableError, ConflictError):
                self._finalizer(payload, 2.0**tries, tries + 1)

        self.time.begin(finalize, delay=delay)

    def settled(self) -> Callable[[], bool]:
        """Whether every job has come to its end, and every erasing its job."""
        rows = self.world.jobs._rows
        return lambda: all(job.state.is_final and not job.pending for job in rows.values())


def ran(held_up: float, parts: Mapping[type, type] | None = None, *, uploads: int = 24) -> Service:
    """Short tasks, looked at as densely as can be, and an erasing for each of them."""
    world = World(service_seconds=1.5)
    service = Service(world, held_up, parts or {})
    sent = [
        world.upload(f"{n}.jpg", picture(n), recipes="people,erase:people=all")
        for n in range(uploads)
    ]
    functions = world.functions()
    for upload in sent:
        functions.pipeline.take_in([upload])
    service.time.run(service.settled(), meanwhile=service.begin)
    assert {job.state for job in world.jobs._rows.values()} == {JobState.DONE}
    assert len(world.jobs._rows) == 2 * uploads
    return service


@pytest.mark.parametrize("held_up", [12.0, 40.0])
def test_nobody_asks_more_than_the_account_may(held_up: float) -> None:
    service = ran(held_up)

    assert service.asked.most() <= ALLOWED
    assert ran(held_up).asked.times == service.asked.times, "a run repeats itself"


class WaitsForNobody(SharedTurns):
    """A planted bug: nobody waits for a turn."""

    __slots__ = ()

    def __call__(self) -> None:
        return


class TakesTheSameTurn(SharedTurns):
    """A planted bug: a turn that another took meanwhile is taken all the same."""

    __slots__ = ()

    def _taken(self) -> float:
        with suppress(ConflictError):
            return SharedTurns._taken(self)
        return self.clock.now()


@pytest.mark.parametrize("bug", [WaitsForNobody, TakesTheSameTurn])
def test_a_bug_planted_in_the_turns_is_found(bug: type) -> None:
    assert ran(40.0, {SharedTurns: bug}).asked.most() > ALLOWED


def turns(world: World, clock: Any = None) -> SharedTurns:
    return SharedTurns(
        flows=world.flows,
        clock=clock or world.clock,
        ids=world.ids,
        chance=world.chance,
        row_id="questions",
        gap=0.25,
    )


def test_a_turn_that_passed_while_the_process_was_frozen_is_not_used() -> None:
    world, naps = World(), iter([2.0, 0.0])

    class Freezes(ManualClock):
        def sleep(self, seconds: float) -> None:
            world.clock.advance(max(0.0, seconds) + next(naps))

        def now(self) -> float:
            return world.clock.now()

    began = world.clock.now()
    turns(world, Freezes())()

    row = world.flows.get("questions")
    assert row is not None
    assert row.version == 2, "a second turn"
    assert world.clock.now() - began >= 2.0


def test_who_would_wait_for_long_comes_back_later_and_takes_no_turn() -> None:
    world = World()
    later = int((world.clock.now() + LONGEST_WAIT) * 1000) + 1000
    world.flows.add(Flow(id="questions", version=1, nonce="n", last=later))

    with pytest.raises(ThrottledError):
        turns(world)()
    row = world.flows.get("questions")
    assert row is not None
    assert row.version == 1


def test_the_uploads_poller_keeps_to_its_own_share() -> None:
    world = World()
    asked = Asked(world)
    tasks = AskInTurn(tasks=asked, turn=OwnPace(clock=world.clock, most=policy.OURS_A_SECOND))

    for n in range(100):
        tasks.fetch(f"task-{n}")

    assert asked.most() + policy.OTHERS_A_SECOND < ALLOWED
    assert world.clock.now() - asked.times[0] < 100 / (policy.OURS_A_SECOND - 1)
