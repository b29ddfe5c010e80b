"""Uploads that stand in the line while nobody gets to the provider, and who is served when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
    uploads = [world.upload(key, picture(world.uploads)) for key in keys]
    for upload in uploads:
        functions.pipeline.take_in([upload])
    return uploads


def served_in_order(world: World) -> list[str]:
    """The uploads in the order in which the provider got them."""
    names = {job.id: job.source.key.removeprefix("uploads/") for job in world.jobs._rows.values()}
    urls = [task.url for task in world.tasks.ledger.values()]
    return [names[url.partition("pins/")[2].partition("-")[0]] for url in urls]
