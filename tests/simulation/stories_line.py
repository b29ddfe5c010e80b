"""Stories about who goes next, for planted bugs to make them end badly (see `stories`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.domain.gate import Gate
from shared.domain.state import JobState
from shared.usecases.operate import Operate
from tests.simulation.lining_up import served_in_order, waiting
from tests.simulation.pictures import picture
from tests.simulation.stories import Cast, holds, minutes, sent
from tests.simulation.storm import GATE
from tests.simulation.world import Functions, World

VIP = "uploads/vip/"


def first_come_first_served(cast: Cast) -> None:
    """One folder's uploads go in the order in which they came."""
    world = World()
    functions = cast.functions(world)
    keys = [f"a/{n}.jpg" for n in range(9)]
    waiting(world, functions, keys)
    world.run(functions)

    holds(served_in_order(world) == keys, f"out of turn: {served_in_order(world)}")


def a_few_beside_many(cast: Cast) -> None:
    """A folder with many uploads does not starve those with few."""
    world = World()
    functions = cast.functions(world)
    waiting(world, functions, [f"many/{n}.jpg" for n in range(30)])
    waiting(world, functions, ["few/0.jpg", "few/1.jpg", "alone.jpg"])
    world.run(functions)

    order = served_in_order(world)
    holds({"few/0.jpg", "alone.jpg"} < set(order[:4]), f"starved: {order[:8]}")
    holds("few/1.jpg" in order[:6], f"starved: {order[:8]}")


def one_that_was_idle(cast: Cast) -> None:
    """A folder that sent nothing for long has no turns left over from then."""
    world = World()
    functions = cast.functions(world)
    waiting(world, functions, [f"a/{n}.jpg" for n in range(20)])
    world.run(functions)
    waiting(world, functions, [f"a/new-{n}.jpg" for n in range(4)])
    waiting(world, functions, [f"b/{n}.jpg" for n in range(4)])
    world.run(functions)

    folders = [key[0] for key in served_in_order(world)[20:]]
    holds(sorted(folders[:2]) == sorted(folders[2:4]) == ["a", "b"], f"unfair: {folders}")


def a_prefixes_budget_is_raised(cast: Cast) -> None:
    """Who waited for it goes on."""
    world = World(allotments={VIP: 1})
    functions = cast.functions(world)
    uploads = [world.upload(f"vip/{n}.jpg", picture(n)) for n in range(3)]
    for upload in uploads:
        functions.pipeline.take_in([upload])
    minutes(world, functions, 2)
    states = sorted(world.job(upload).state for upload in uploads)
    holds(states == [JobState.DONE, JobState.QUEUED, JobState.QUEUED], f"before: {states}")

    _operate(world, functions).set_allotment(VIP, 2)
    minutes(world, functions, 3)

    states = sorted(world.job(upload).state for upload in uploads)
    holds(states == [JobState.DONE, JobState.DONE, JobState.QUEUED], f"after: {states}")


def the_next_in_line_was_served_meanwhile(cast: Cast) -> None:
    """Between a round and the look that frees the slot, somebody else serves who stands by, and
    the provider cancels it: it has had its turn.
    """
    world = World(service_seconds=3.0)
    functions = cast.functions(world)
    first, second = _one_at_work(world, functions)
    rounds = functions.pipeline.drain.rounds
    done = rounds()
    holds(done.standby is not None and done.standby.id == second, "nobody stands by")
    _served_by_another(world, second)
    opened = _opened(world)
    rounds.between(done, seconds=5.0)

    holds(world.job_row(first).state is not JobState.RUNNING, "the slot was not looked at")
    holds((second, 1) not in opened, "permitted on an old view of a job")


def _one_at_work(world: World, functions: Functions) -> list[str]:
    """One upload at the provider, the next in the line: their jobs."""
    sent(world, functions, 1)
    narrow = replace(world.gates._rows[GATE], window=1, widened_at=world.clock.now())
    world.gates._rows[GATE] = replace(narrow, others_wait=True)
    sent(world, functions, 1, first=1)
    return [job.id for job in sorted(world.jobs._rows.values(), key=lambda j: j.source.key)]


def _served_by_another(world: World, job_id: str) -> None:
    pipeline = world.functions().pipeline
    pipeline.gatekeeper.change(lambda gate: replace(gate, window=2))
    world.clock.advance(1.0)
    job, _ = pipeline.advance.towards_provider(world.job_row(job_id))
    holds(job.task is not None, "the other one did not serve it")
    world.tasks.cancel(job.task.task_id if job.task else "")
    pipeline.advance.follow(job)


def _opened(world: World) -> list[tuple[str, int]]:
    """From now on: the attempts that the gate is written to permit."""
    opened: list[tuple[str, int]] = []
    store = world.gates.replace

    def noted(gate: Gate, **how: Any) -> None:
        store(gate, **how)
        if gate.intent is not None:
            opened.append((gate.intent.job_id, gate.intent.attempt))

    world.gates.replace = noted  # type: ignore[method-assign]  # a look from outside
    return opened


def _operate(world: World, functions: Functions) -> Operate:
    pipeline = functions.pipeline
    return Operate(
        journal=pipeline.journal,
        recall=pipeline.recall,
        gatekeeper=pipeline.gatekeeper,
        perform=pipeline.perform,
        wake=pipeline.wake,
        objects=world.objects,
    )
