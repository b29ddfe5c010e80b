"""The line before the slot: who goes next, and that nobody starves (law 5, protocol 16); more of it
is told in `stories_line`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared.adapters.memory.stores import MemoryJobStore
from shared.domain.job import Job
from shared.domain.line import SLACK, STEP, Standing, place_of, served
from shared.domain.signals import PutOff
from shared.domain.stage import Stage
from shared.domain.state import JobState
from tests.simulation.lining_up import served_in_order, waiting
from tests.simulation.storm import GATE
from tests.simulation.world import World


def test_weights_give_more_turns() -> None:
    world = World(standing=Standing(uploads="uploads/", weights={"uploads/big/": 3}))
    functions = world.functions()
    waiting(world, functions, [f"{name}/{n}.jpg" for n in range(12) for name in ("big", "small")])

    world.run(functions)

    first = served_in_order(world)[:12]
    assert sum(key.startswith("big/") for key in first) == pytest.approx(9, abs=1)


def test_the_higher_priority_goes_first_and_the_longest_prefix_counts() -> None:
    priorities = {"uploads/vip/": 10, "uploads/vip/later/": -7, "uploads/batch/": -5}
    world = World(standing=Standing(uploads="uploads/", priorities=priorities))
    functions = world.functions()
    waiting(
        world,
        functions,
        ["vip/later/0.jpg", "batch/0.jpg", "plain.jpg", "vip/0.jpg", "batch/1.jpg", "vip/1.jpg"],
    )

    world.run(functions)

    order = served_in_order(world)
    assert set(order[:2]) == {"vip/0.jpg", "vip/1.jpg"}
    assert order[2] == "plain.jpg"
    assert set(order[3:5]) == {"batch/0.jpg", "batch/1.jpg"}
    assert order[5] == "vip/later/0.jpg"


def test_a_priority_that_is_no_longer_named_is_served_all_the_same() -> None:
    priorities = {"uploads/vip/": 10}
    world = World(standing=Standing(uploads="uploads/", priorities=priorities))
    upload = waiting(world, world.functions(), ["vip/0.jpg"])[0]
    world.standing = Standing(uploads="uploads/")

    world.run(world.functions())

    assert world.job(upload).state is JobState.DONE


def test_an_upload_written_long_after_its_place_was_given_is_found() -> None:
    world = World()
    functions = world.functions()
    late, *_ = waiting(world, functions, ["a/late.jpg", "a/0.jpg"])
    row, gate = world.job(late), world.gates._rows[GATE]
    world.jobs._rows[row.id] = replace(row, place=place_of(0, STEP))
    heads = served(gate.heads, place_of(0, SLACK * 9))
    world.gates._rows[GATE] = replace(gate, heads=heads)

    world.run(functions)

    assert world.job(late).state is JobState.DONE


def test_one_that_was_put_off_comes_back_before_those_behind_it() -> None:
    world = World(service_seconds=3.0, over_limit="reject")
    functions = world.functions()
    uploads = waiting(world, functions, [f"a/{n}.jpg" for n in range(8)])
    until = world.clock.now() + 12.0
    functions.pipeline.journal.apply(world.job(uploads[0]), PutOff(until))

    world.run(functions)

    assert served_in_order(world).index("a/0.jpg") in {3, 4, 5}


class CountedJobs(MemoryJobStore):
    """Counts the rows that were read off the index."""

    def __init__(self) -> None:
        super().__init__()
        self.rows, self.calls = 0, 0

    def line(
        self, *, after: int, before: int, limit: int, stage: Stage = Stage.SEGMENT
    ) -> Sequence[Job]:
        found = super().line(after=after, before=before, limit=limit, stage=stage)
        self.rows, self.calls = self.rows + len(found), self.calls + 1
        return found


def cost(backlog: int) -> tuple[int, int]:
    """Rows and calls for a hundred rounds of the line with so many jobs in it."""
    world = World(jobs=CountedJobs(), service_seconds=2.0, over_limit="reject")
    functions = world.functions()
    upload = waiting(world, functions, ["a/0.jpg"])[0]
    row = world.job(upload)
    for n in range(backlog):
        stands = replace(row, id=f"{n:032x}", place=row.place + (n + 1) * STEP)
        world.jobs._rows[stands.id] = stands
    jobs = world.jobs
    assert isinstance(jobs, CountedJobs)
    fill = functions.pipeline.drain.rounds.fill
    jobs.rows = jobs.calls = 0
    for _ in range(20):
        fill._heads(functions.pipeline.gatekeeper.load(), world.clock.now())
    return jobs.rows, jobs.calls


def test_what_a_round_reads_does_not_depend_on_the_backlog() -> None:
    assert cost(100) == cost(20_000)
