"""Uploads on a good day, end to end in virtual time."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from shared.domain.state import JobState
from tests.simulation.world import World


def jpeg(seed: int, size: tuple[int, int] = (640, 512)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (seed % 256, seed // 256, 80)).save(out, "JPEG", comment=str(seed))
    return out.getvalue()


def test_one_photo_becomes_a_result_set_and_one_event() -> None:
    world = World()
    functions = world.functions()
    upload = world.upload("a.jpg", jpeg(1))

    functions.pipeline.take_in([upload])
    world.run(functions)

    job = world.job(upload)
    assert job.state is JobState.DONE, job.history
    assert job.people == 1
    assert [e.type for e in world.sink.published] == ["maskline.job.done"]
    assert world.objects.head(job.manifest_key or "").size > 0
    assert job.due_at is None
    assert job.pin is None
    assert functions.pipeline.gatekeeper.load().slots == ()


@pytest.mark.parametrize("over_limit", ["queue", "reject"])
def test_fifty_photos_are_paid_once_each(over_limit: str) -> None:
    world = World(over_limit=over_limit)
    functions = world.functions()
    uploads = [world.upload(f"{n}.jpg", jpeg(n)) for n in range(50)]

    for upload in uploads:
        functions.pipeline.take_in([upload])
    world.run(functions)

    assert {world.job(u).state for u in uploads} == {JobState.DONE}
    assert len(world.tasks.ledger) == 50
    ended = [t.ended_at for t in world.tasks.ledger.values() if t.ended_at]
    started = [t.started_at for t in world.tasks.ledger.values() if t.started_at]
    assert max(ended) - min(started) < 50 * 1.03, "the slot was idle while work waited"


def test_equal_bytes_under_another_key_reuse_the_result() -> None:
    world = World()
    functions = world.functions()
    first, second = world.upload("a.jpg", jpeg(1)), world.upload("b.jpg", jpeg(1))

    functions.pipeline.take_in([first, second])
    world.run(functions)

    assert world.job(second).state is JobState.DONE
    assert world.job(second).reused_from == world.job(first).id
    assert len(world.tasks.ledger) == 1


def test_a_poller_hands_over_before_its_time_ends() -> None:
    world = World(service_seconds=20.0)
    functions = world.functions()
    uploads = [world.upload(f"{n}.jpg", jpeg(n)) for n in range(12)]
    for upload in uploads:
        functions.pipeline.take_in([upload])

    report = functions.pipeline.drain(until=world.clock.monotonic() + 100.0)

    assert report.left_because == "handed over"
    handed = [asked for asked in world.invoker.asked if asked[1].get("kind") == "handover"]
    assert len(handed) == 1
    assert functions.pipeline.gatekeeper.load().lease is None


def test_a_generation_without_progress_leaves_the_rest_to_the_timer() -> None:
    world = World(service_seconds=5000.0)
    functions = world.functions()
    functions.pipeline.take_in([world.upload("a.jpg", jpeg(1))])
    functions.pipeline.drain(until=world.clock.monotonic() + 100.0)
    world.invoker.asked.clear()

    functions.pipeline.drain(until=world.clock.monotonic() + 100.0)

    assert world.invoker.asked == []
    assert functions.pipeline.gatekeeper.load().lease is None
