"""A sink that hangs for ten seconds and then fails: no task begins or ends any later for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from shared.adapters.memory.messages import PromptCourier
from shared.domain.events import CloudEvent
from shared.domain.state import JobState
from shared.ports.errors import UnavailableError
from tests.simulation.pictures import picture
from tests.simulation.world import World
from tests.unit.usecases.test_deliver import Receiver


@dataclass
class LateCourier:
    """Errands to `dead` take ten seconds and fail; the others are done at once."""

    clock: Any
    dead: str = "dead"
    under_way: list[tuple[float, Any]] = field(default_factory=list)
    inner: PromptCourier = field(init=False)

    def __post_init__(self) -> None:
        self.inner = PromptCourier(self.clock)

    def take(self, sink: Any, event: CloudEvent, *, holder: str) -> bool:
        if sink.name != self.dead:
            return self.inner.take(sink, event, holder=holder)
        self.under_way.append((self.clock.now() + 10.0, (sink, event, holder)))
        return True

    def carries(self, sink: str, event_id: str) -> bool:
        mine = any((s.name, e.id) == (sink, event_id) for _, (s, e, _) in self.under_way)
        return mine or self.inner.carries(sink, event_id)

    def busy(self) -> bool:
        return bool(self.under_way)

    def returned(self, *, wait: float) -> Any:
        if self.under_way and wait > 0:
            self.clock.advance(wait)
        for at, (sink, event, holder) in list(self.under_way):
            if at <= self.clock.now():
                self.under_way.remove((at, (sink, event, holder)))
                self.inner.take(sink, event, holder=holder)
        return self.inner.returned(wait=0.0)


def tasks_of(sinks: Sequence[Receiver], patience: float = 0.0) -> list[Any]:
    """When the provider's tasks began and ended, with a pipeline that has these sinks: every
    event is left to the poller.
    """
    world = World(service_seconds=1.0)
    courier: Callable[[], Any] = partial(LateCourier, world.clock)
    functions = world.functions(sinks=tuple(sinks), courier=courier)
    drain = functions.pipeline.drain
    post = replace(drain.rounds.deliver, patience=patience)
    rounds = replace(
        drain.rounds, deliver=post, advance=replace(drain.rounds.advance, deliver=post)
    )
    drain = replace(drain, rounds=rounds)
    resting = replace(functions.finalize, deliver=lambda job: job)  # type: ignore[arg-type]  # leaves it
    functions = replace(
        functions, pipeline=replace(functions.pipeline, drain=drain), finalize=resting
    )
    poll = replace(functions.pipeline.poll, uploads=drain)
    functions = replace(functions, pipeline=replace(functions.pipeline, poll=poll))
    uploads = [world.upload(f"{number}.jpg", picture(number)) for number in range(60)]
    for upload in uploads:
        functions.pipeline.take_in([upload])
    world.run(functions, seconds=3600.0)
    assert all(world.job(upload).state is JobState.DONE for upload in uploads)
    return [(task.task_id, task.started_at, task.ended_at) for task in world.tasks.ledger.values()]


def test_a_dead_sink_costs_the_slot_nothing() -> None:
    dead = Receiver("dead", [UnavailableError("HTTP 503")])
    plain = tasks_of([Receiver("good"), Receiver("other")])

    assert tasks_of([Receiver("good"), dead]) == plain
    assert dead.got, "it was not even tried"
    assert (
        tasks_of([Receiver("good"), Receiver("dead", [UnavailableError("HTTP 503")])], patience=5.0)
        != plain
    )
