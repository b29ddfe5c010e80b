"""The line before the slot: who goes next, and that nobody starves (law 5, protocol 16)."""

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
from shared.usecases.accept_upload import Upload
from tests.simulation.pictures import picture
from tests.simulation.storm import GATE
from tests.simulation.world import Functions, World


def closed(world: World, functions: Functions) -> None:
    """Nobody gets to the provider for now."""
    functions.pipeline.gatekeeper.load()
    world.gates._rows[GATE] = replace(
        world.gates._rows[GATE], hold_until=world.clock.now() + 5, others_wait=True
    )


def waiting(world: World, functions: Functions, keys: Sequence[str]) -> list[Upload]:
    """Uploads that stand in the line."""
    closed(world, functions)
    uploads = [world.upload(key, picture(hash(key) % 10**6)) for key in keys]
    for upload in uploads:
        functions.pipeline.take_in([upload])
    return uploads


def served_in_order(world: World) -> list[str]:
    """The uploads in the order in which the provider got them."""
    names = {job.id: job.source.key.removeprefix("uploads/") for job in world.jobs._rows.values()}
    urls = [task.url for task in world.tasks.ledger.values()]
    return [names[url.partition("pins/")[2].partition("-")[0]] for url in urls]


def test_one_folder_is_served_first_come_first_served() -> None:
    world = World()
    functions = world.functions()
    keys = [f"a/{n}.jpg" for n in range(9)]
    waiting(world, functions, keys)

    world.run(functions)

    assert served_in_order(world) == keys


def test_a_folder_with_many_uploads_does_not_starve_one_with_few() -> None:
    world = World()
    functions = world.functions()
    waiting(world, functions, [f"many/{n}.jpg" for n in range(30)])
    waiting(world, functions, ["few/0.jpg", "few/1.jpg", "alone.jpg"])

    world.run(functions)

    order = served_in_order(world)
    assert {"few/0.jpg", "alone.jpg"} < set(order[:4])
    assert "few/1.jpg" in order[:6]


def test_who_was_idle_saves_nothing_up() -> None:
    world = World()
    functions = world.functions()
    waiting(world, functions, [f"a/{n}.jpg" for n in range(20)])
    world.run(functions)
    waiting(world, functions, [f"a/new-{n}.jpg" for n in range(4)])
    waiting(world, functions, [f"b/{n}.jpg" for n in range(4)])

    world.run(functions)

    folders = [key[0] for key in served_in_order(world)[20:]]
    assert sorted(folders[:2]) == sorted(folders[2:4]) == ["a", "b"]


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
