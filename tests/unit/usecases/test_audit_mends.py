"""The command that the audit names mends what it found: typed, run, and the next look is clean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.domain.effects import DropPin
from shared.domain.state import JobState
from shared.usecases.operate import Action, Operate
from shared.usecases.rederive import Rederive
from shared.wire.manifest import parse_manifest
from tests.unit.usecases.audit_scene import Scene, jpeg


def operate(scene: Scene) -> Operate:
    pipeline = scene.functions.pipeline
    return Operate(
        journal=pipeline.journal,
        recall=pipeline.recall,
        gatekeeper=pipeline.gatekeeper,
        perform=pipeline.perform,
        wake=pipeline.wake,
        objects=scene.world.objects,
    )


def typed(scene: Scene, command: str) -> None:
    """What the command line does with it."""
    _, verb, *words = command.split()
    if verb == "sweep":
        operate(scene).sweep()
        return
    job = scene.world.jobs.get(words[0])
    assert job is not None
    if verb == "rederive":
        rederive(scene)(job, "people")
        return
    assert verb == "retry"
    outcomes = operate(scene).retry([job], pay_again=False)
    assert [outcome.action for outcome in outcomes] == [Action.LOOKED_AT]


def rederive(scene: Scene) -> Rederive:
    finalize = scene.functions.finalize
    return Rederive(
        journal=scene.functions.pipeline.journal,
        recall=scene.functions.pipeline.recall,
        draw=finalize.draw,
        plan=finalize.plan,
        perform=finalize.perform,
        wake=scene.functions.pipeline.wake,
        write=finalize.write,
        parse=parse_manifest,
    )


def _lost_its_manifest(scene: Scene) -> None:
    scene.world.objects.delete(scene.result("manifest.json"))


def _lost_a_file(scene: Scene) -> None:
    scene.world.objects.delete(scene.result("vis.png"))


def _missed(scene: Scene) -> None:
    scene.world.upload("missed.jpg", jpeg(4))


def _left_finalizing(scene: Scene) -> None:
    scene.write(scene.done, state=JobState.FINALIZING, due_at=None, announcements=0)


def _owes_an_event(scene: Scene) -> None:
    scene.write(scene.done, outbox=(scene.late(scene.done),), due_at=0.0)


def _owes_a_deletion(scene: Scene) -> None:
    scene.write(scene.done, pending=(DropPin("pins/x-1.jpg"),), due_at=0.0)


@pytest.mark.parametrize(
    "plant",
    [
        _missed,
        _left_finalizing,
        _owes_an_event,
        _owes_a_deletion,
        _lost_its_manifest,
        _lost_a_file,
    ],
)
def test_the_named_command_mends_it(plant: Callable[[Scene], None]) -> None:
    scene = Scene()
    plant(scene)
    scene.world.clock.advance(3600)
    found = scene.look().wrong
    assert found

    for command in dict.fromkeys(finding.command for finding in found):
        typed(scene, command)
    scene.world.run(scene.functions)

    after = scene.look(deep=True)
    assert after.is_clean, after


def test_a_job_that_will_be_looked_at_is_not_hurried() -> None:
    scene = Scene()
    now = scene.world.clock.now()
    scene.write(scene.rejected, state=JobState.RUNNING, due_at=now + 900)
    running = scene.world.jobs.get(scene.rejected.id)
    assert running is not None

    (refused,) = operate(scene).retry([running], pay_again=False)

    assert refused.action is Action.REFUSED
    assert scene.world.jobs.get(running.id) == running


def test_one_that_waits_for_its_turn_at_the_provider_is_not_hurried() -> None:
    scene = Scene()
    scene.write(scene.rejected, state=JobState.QUEUED, due_at=0.0)
    queued = scene.world.jobs.get(scene.rejected.id)
    assert queued is not None

    (refused,) = operate(scene).retry([replace(queued)], pay_again=False)

    assert refused.action is Action.REFUSED
