"""The second stage: an erasing is a job of its own, under the same laws."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from shared.adapters.memory.messages import MemoryInvoker
from shared.domain.job import Job
from shared.domain.policy import FINALIZER_LIFE
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.usecases.accept_upload import Upload
from shared.usecases.rederive import Rederive
from shared.wire.manifest import parse_manifest
from tests import pictures
from tests.simulation.operators import forgetting
from tests.simulation.pictures import picture
from tests.simulation.storm import ERASE_GATE, GATE
from tests.simulation.world import Functions, World

MODEL = "image-erase-completion"
ALL = "people,erase:people=all"


def sent(world: World, functions: Functions, name: str = "a.jpg", recipes: str = ALL) -> Upload:
    """One upload, as far as it comes by itself."""
    upload = world.upload(name, picture(1), recipes=recipes)
    functions.pipeline.take_in([upload])
    world.run(functions)
    return upload


def erasings(world: World) -> list[Job]:
    return [job for job in world.jobs._rows.values() if job.erasure is not None]


def billed(world: World) -> Counter[str]:
    return Counter(task.model for task in world.tasks.ledger.values() if task.billed)


def stored(world: World, key: str | None) -> Any:
    return json.loads(world.objects.read(key or "", limit=10**6))


def test_an_erasing_is_made_after_its_parent_and_tells_what_it_was_made_from() -> None:
    world = World()
    upload = sent(world, world.functions())

    parent, (child,) = world.job(upload), erasings(world)
    assert (parent.state, child.state) == (JobState.DONE, JobState.DONE)
    assert billed(world) == {"image-instance-segmentation": 1, MODEL: 1}
    told = stored(world, child.manifest_key)
    folder = (parent.manifest_key or "").removesuffix("manifest.json")
    assert child.manifest_key == f"{folder}erase/erase.json"
    assert (told["parent_job_id"], told["erased"], told["model"]) == (parent.id, [1], MODEL)
    assert [file["name"] for file in told["files"]] == [
        "picture.png",
        "provider.jpg",
        "mask.png",
        "keep.png",
    ]
    for file in told["files"]:
        data = world.objects.read(file["key"], limit=10**7)
        assert hashlib.sha256(data).hexdigest() == file["sha256"]


def test_where_the_fill_fits_nowhere_the_provider_s_picture_is_the_result() -> None:
    """Its photograph is gone, or it is of another shape, or a watermark was asked for."""
    shown = []
    for recipes, other in (
        ("erase:people=all:add_watermark=true", picture(1)),
        (ALL, pictures.picture("JPEG", (300, 700))),
    ):
        world = World()
        world.tasks.complete = lambda *_, other=other: other
        sent(world, world.functions(), recipes=recipes)
        (child,) = erasings(world)
        told = stored(world, child.manifest_key)
        (first, *_) = told["files"]
        shown.append((child.state, told["restored"], first["name"]))
        assert world.objects.read(first["key"], limit=10**7) == other

    assert shown == [(JobState.DONE, False, "picture.jpg")] * 2


def test_another_model_may_erase() -> None:
    world = World(erase_model="eraser-2")
    sent(world, world.functions())

    (child,) = erasings(world)
    assert billed(world) == {"image-instance-segmentation": 1, "eraser-2": 1}
    assert stored(world, child.manifest_key)["model"] == "eraser-2"
    assert world.gates._rows[ERASE_GATE.replace(MODEL, "eraser-2")].quota.spent == 1


def test_the_provider_is_told_both_masks_and_no_watermark() -> None:
    world = World()
    sent(world, world.functions())

    (task,) = (t for t in world.tasks.ledger.values() if t.model == MODEL)
    assert task.mask_url is not None
    assert task.parameters == {"dilate_flag": True, "fast_mode": False, "add_watermark": False}


def test_each_stage_has_a_gate_and_a_budget_of_its_own() -> None:
    world = World(budget=5, erase_budget=0)
    upload = sent(world, world.functions())

    (child,) = erasings(world)
    assert (world.job(upload).state, child.state) == (JobState.DONE, JobState.QUEUED)
    assert world.gates._rows[GATE].quota.spent == 1
    assert world.gates._rows[ERASE_GATE].quota.spent == 0


def test_equal_bytes_and_equal_wishes_are_paid_for_once() -> None:
    world = World()
    functions = world.functions()
    sent(world, functions, "a.jpg")
    sent(world, functions, "b.jpg")

    first, second = sorted(erasings(world), key=lambda job: job.source.key)
    assert second.reused_from == first.id
    assert billed(world) == {"image-instance-segmentation": 1, MODEL: 1}


def test_other_parameters_are_another_picture() -> None:
    world = World()
    functions = world.functions()
    sent(world, functions, "a.jpg")
    sent(world, functions, "b.jpg", f"{ALL}:dilation=0.2")

    assert billed(world) == {"image-instance-segmentation": 1, MODEL: 2}


def test_where_nobody_is_chosen_nothing_is_paid_and_the_manifest_says_so() -> None:
    world = World()
    upload = sent(world, world.functions(), recipes="people,erase:people=not-largest")

    assert erasings(world) == []
    problems = stored(world, world.job(upload).manifest_key)["problems"]
    assert [problem["recipe"] for problem in problems] == ["erase"]


def test_a_tick_reads_one_row_where_nothing_was_ever_erased() -> None:
    world = World()
    functions = world.functions()
    sent(world, functions, recipes="people")
    world.clock.advance(120)
    functions.pipeline.poll(None, until=world.clock.monotonic() + 60)
    read = list[str]()
    gates = world.gates
    found = gates.get
    functions = world.functions(gates=Noted(gates, read))

    functions.pipeline.poll(None, until=world.clock.monotonic() + 60)

    assert read == [GATE]
    assert found(ERASE_GATE) is None


def test_a_set_that_is_derived_again_erases_only_what_was_not_erased_before() -> None:
    world = World()
    functions = world.functions()
    upload = sent(world, functions)
    finalize, pipeline = functions.finalize, functions.pipeline
    rederive = Rederive(
        journal=pipeline.journal,
        recall=pipeline.recall,
        draw=finalize.draw,
        plan=finalize.plan,
        write=finalize.write,
        parse=parse_manifest,
        perform=finalize.perform,
        wake=pipeline.wake,
    )

    for line in (ALL, f"{ALL}:dilation=0.02", f"{ALL}:fast_mode=true"):
        job = rederive(world.job(upload), line).job
        assert not job.pending
        world.run(functions)

    assert billed(world) == {"image-instance-segmentation": 1, MODEL: 2}
    folders = {job.erasure.folder for job in erasings(world) if job.erasure}
    root = (world.job(upload).manifest_key or "").removesuffix("manifest.json")
    assert folders == {f"{root}erase/", f"{root}v4/erase/"}


def test_what_was_forgotten_and_uploaded_again_is_erased_again() -> None:
    world = World()
    functions = world.functions()
    upload = sent(world, functions)
    world.clock.advance(FINALIZER_LIFE)
    receipt = forgetting(functions)(upload.source.key)

    assert len(receipt.jobs) == 2
    assert list(world.objects._objects) == []
    assert upload.source.key not in repr(world.jobs._rows)
    world.clock.advance(60)
    sent(world, functions)
    fresh = [job for job in erasings(world) if job.forgotten_at is None]
    assert [job.state for job in fresh] == [JobState.DONE]


def test_a_lost_wake_up_is_made_up_for_by_the_timer() -> None:
    world = World(invoker=Deaf())
    functions = world.functions()
    sent(world, functions)
    before = erasings(world)[0].state
    world.clock.advance(60)

    reports = functions.pipeline.poll(None, until=world.clock.monotonic() + 120)

    assert (before, set(reports)) == (JobState.QUEUED, {Stage.SEGMENT, Stage.ERASE})
    assert erasings(world)[0].state is JobState.DONE


class Deaf(MemoryInvoker):
    """Loses every wake-up of the second stage."""

    def invoke(self, function: str, payload: Mapping[str, object], *, invocation_id: str) -> bool:
        if payload.get("stage") == "erase":
            return True
        return super().invoke(function, payload, invocation_id=invocation_id)


class Noted:
    """Notes which gates are read."""

    def __init__(self, gates: Any, read: list[str]) -> None:
        self._gates, self._read = gates, read

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._gates, verb)

    def get(self, gate_id: str) -> Any:
        self._read.append(gate_id)
        return self._gates.get(gate_id)
