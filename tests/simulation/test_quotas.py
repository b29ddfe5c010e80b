"""Budgets of upload prefixes: a hard stop, for theirs alone; and what is told of the whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from shared.domain import breaker, gate, quota
from shared.domain.claim import content_claim_id
from shared.domain.gate import Denied, Gate, Permit
from shared.domain.quota import DAY, LOOKS_BACK, Quota
from shared.domain.state import JobState
from shared.ports.errors import ConflictError
from shared.ports.stores import Lane, lane_of
from shared.usecases.operate import Operate
from tests.simulation.pictures import picture
from tests.simulation.world import Functions, World

VIP = "uploads/vip/"


def operate(world: World) -> Operate:
    pipeline = world.functions().pipeline
    return Operate(
        journal=pipeline.journal,
        recall=pipeline.recall,
        gatekeeper=pipeline.gatekeeper,
        perform=pipeline.perform,
        wake=pipeline.wake,
        objects=world.objects,
    )


def test_uploads_over_their_prefixes_quota_wait_with_a_reason_and_hold_up_nobody() -> None:
    world = World(allotments={VIP: 2}, budget=100)
    functions = world.functions()
    mine = [world.upload(f"vip/{n}.jpg", picture(n)) for n in range(5)]
    others = [world.upload(f"other/{n}.jpg", picture(10 + n)) for n in range(5)]
    for upload in [*mine, *others]:
        functions.pipeline.take_in([upload])
    world.run(functions)

    states = Counter(world.job(upload).state for upload in mine)
    assert states == {JobState.DONE: 2, JobState.QUEUED: 3}
    assert {world.job(upload).state for upload in others} == {JobState.DONE}
    held = [job for u in mine if (job := world.job(u)).state is JobState.QUEUED]
    assert {lane_of(job) for job in held} == {Lane.HELD}
    assert all(VIP in job.history[-1].note for job in held)
    own = functions.pipeline.gatekeeper.load().quota.allotments[0]
    assert (own.spent, own.left, own.holds) == (2, 0, True)

    operate(world).set_allotment(VIP, 4)
    world.run(functions)
    assert Counter(world.job(u).state for u in mine) == {JobState.DONE: 4, JobState.QUEUED: 1}

    operate(world).set_allotment(VIP, None)
    world.run(functions)
    world.clock.advance(60)
    functions.pipeline.drain(until=world.clock.monotonic() + 600)
    gate_now = functions.pipeline.gatekeeper.load()
    assert {world.job(u).state for u in mine} == {JobState.DONE}
    assert not gate_now.quota.allotments[0].holds
    assert gate_now.quota.spent == 10


def permitted(row: Gate, n: int, upload: str) -> Permit | Denied:
    return gate.permit(row, job_id=f"j{n}", attempt=1, nonce="n", now=100.0 * n, upload=upload)


@pytest.mark.parametrize("seed", range(50))
def test_no_history_spends_more_than_a_budget(seed: int) -> None:
    dice = Random(seed)
    row = Gate(id="g", version=1, nonce="n", quota=Quota(budget=12))
    row = replace(row, quota=quota.allotted(row.quota, {VIP: 3, "uploads/": 9}))
    open_keys: list[int] = []
    for n in range(60):
        asked = permitted(row, n, dice.choice([f"{VIP}a.jpg", "uploads/b.jpg", "elsewhere"]))
        if isinstance(asked, Permit):
            row = gate.accepted(asked.gate, f"j{n}", 1, task_id=f"t{n}", now=100.0 * n)
            open_keys.append(n)
        if open_keys and dice.random() < 0.8:
            done = open_keys.pop(dice.randrange(len(open_keys)))
            for _ in range(dice.choice([1, 2])):
                billed = dice.random() < 0.7
                row = gate.released(row, f"j{done}", 1, billed=billed, now=100.0 * n + 1)
        for own in row.quota.allotments:
            assert own.budget is not None
            assert own.spent + len(own.reserved) <= own.budget
            assert own.reserved <= row.quota.reserved
        assert row.quota.spent + len(row.quota.reserved) <= 12


def test_alarms_are_said_once_at_each_threshold_and_again_for_a_new_budget() -> None:
    row = Gate(id="g", version=1, nonce="n", quota=Quota(budget=100, alarm_at=(50, 20, 5)))
    for spent in range(0, 101, 5):
        row = breaker.warned(replace(row, quota=replace(row.quota, spent=spent)), now=1.0)
    assert [event.event_id for event in row.outbox] == [
        f"g:maskline.quota.low:{n}" for n in (1, 2, 3)
    ]

    again = replace(row.quota, budget=200, alarmed=100, spent=190)
    row = breaker.warned(replace(row, quota=again), now=2.0)

    assert len({event.event_id for event in row.outbox}) == 4


def test_the_forecast_follows_the_last_days() -> None:
    now = 20_000 * DAY
    ledger = Quota(budget=1000, spent=0)
    for day in range(20):
        for n in range(10):
            key = (f"{day}-{n}", 1)
            ledger = quota.reserved(ledger, key, "uploads/a.jpg")
            ledger = quota.settled(ledger, key, billed=True, now=now - (19 - day) * DAY - 1)

    assert len(ledger.days) <= LOOKS_BACK + 1
    ends = quota.runs_out(ledger, now)
    assert ends is not None
    assert (ends - now) / DAY == pytest.approx(80, rel=0.2)
    assert quota.runs_out(replace(ledger, budget=None), now) is None
    assert quota.runs_out(Quota(budget=5), now) is None


def test_the_rows_part_for_prefixes_is_bounded() -> None:
    world = World(allotments={f"uploads/{n}/": 1 for n in range(80)})
    wish = operate(world)
    for n in range(100, 200):
        wish.set_allotment(f"uploads/{n}/", 5)

    assert len(world.functions().pipeline.gatekeeper.load().quota.allotments) == 50


def test_one_that_waits_for_its_prefixes_quota_holds_up_nobody_with_the_same_bytes() -> None:
    world = World(allotments={VIP: 0})
    functions = world.functions()
    held, other = world.upload("vip/a.jpg", picture(1)), world.upload("b.jpg", picture(1))
    same = world.upload("vip/c.jpg", picture(1))
    for upload in (held, other, same):
        functions.pipeline.take_in([upload])
    world.run(functions)
    _minutes(world, functions, 30)

    assert world.job(other).state is JobState.DONE
    assert len(world.tasks.ledger) == 1
    assert {world.job(u).state for u in (held, same)} == {JobState.DONE}, "reused, and not paid"
    assert world.job(held).reused_from == world.job(other).id


def test_whose_lead_is_taken_over_posts_no_more() -> None:
    """A budget is raised just then, and somebody has read the job before."""
    world = World(allotments={VIP: 0})
    functions = world.functions()
    held, pipeline = world.upload("vip/a.jpg", picture(1)), functions.pipeline
    pipeline.take_in([held])
    world.run(functions)
    before = world.job(held)
    assert before.held_by == VIP

    follower, _ = pipeline.journal.accept(world.upload("b.jpg", picture(1)).source)
    follower = pipeline.advance.prepare(follower)
    pipeline.gatekeeper.change(
        lambda gate: replace(gate, quota=quota.with_allotment(gate.quota, VIP, None))
    )

    assert follower.waits_for is None
    assert world.job(held).waits_for == follower.id
    after, denied = pipeline.advance.submit(before)
    assert (after, denied and denied.reason) == (before, "lost race")
    assert world.tasks.ledger == {}


def test_who_leads_after_all_is_not_taken_over_by_one_that_was_frozen_on_its_way() -> None:
    """Frozen between the two rows: the leader follows for a moment, finds its claim its own, and
    leads again, before the other one writes that it does.
    """
    world = World(allotments={VIP: 0})
    functions = world.functions()
    pipeline = functions.pipeline
    pipeline.take_in([world.upload("vip/a.jpg", picture(1))])
    world.run(functions)
    (held,) = world.jobs._rows.values()
    contents = pipeline.advance.prepare.contents
    claim = world.claims.get(content_claim_id(held.content_id or ""))
    assert claim is not None

    following = pipeline.journal.apply(held, contents._follow(held, "frozen"))
    leads = pipeline.advance.prepare(following)

    assert leads.waits_for is None
    with pytest.raises(ConflictError):
        contents._write(contents._over(claim, job_id="frozen"), claim)


def _minutes(world: World, functions: Functions, count: int) -> None:
    """The timer ticks for so long."""
    for _ in range(count):
        world.clock.advance(60)
        functions.pipeline.drain(until=world.clock.monotonic() + 60)
        world.run(functions)
