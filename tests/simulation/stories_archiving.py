"""What happens to uploads whose jobs were archived, told for planted bugs to make it end badly."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.failure import FailureKind
from shared.domain.job import Job, Picture, Pin
from shared.domain.keys import pin_key
from shared.domain.signals import Prepared
from shared.domain.state import JobState
from shared.ports.errors import ConflictError, RefusedError
from tests.simulation.grafting import grafted
from tests.simulation.operators import archive, archiving
from tests.simulation.provider import failure
from tests.simulation.stories import Cast, Doorkeeper, holds, minutes, sent
from tests.simulation.world import PREFIXES, Functions, World


def told_after_it_was_archived(cast: Cast) -> None:
    """An event comes once more, and the same bytes are uploaded once more (protocol 9 and 12)."""
    world = World(service_seconds=2.0)
    functions = cast.functions(world)
    (upload,) = sent(world, functions, 1)
    minutes(world, functions, 1)
    put_away(cast, world, functions)
    for again in ("put-1", "put-2"):
        told = replace(upload, source=replace(upload.source, request_id=again))
        functions.pipeline.take_in([told])
        minutes(world, functions, 2)

    job = world.job(upload)
    done = [e for e in world.sink.published if e.type == "maskline.job.done"]
    holds(len(world.tasks.ledger) == 1, "what was archived was paid for again")
    holds(job.reused_from is None and job.state is JobState.DONE, f"began anew: {job.state}")
    holds(len(done) == 2, f"announced {len(done)} times: at its end, and for the second upload")


def refused_before_it_was_archived(cast: Cast) -> None:
    """What failed unpaid is tried again where somebody uploads it again, and only there."""
    world = World()
    error = RefusedError(failure(FailureKind.TERMINAL, "InvalidParameter"))
    door = Doorkeeper(world, lambda number: error if number == 1 else None)
    functions = cast.functions(world, tasks=door)
    (upload,) = sent(world, functions, 1)
    minutes(world, functions, 1)
    put_away(cast, world, functions)
    functions.pipeline.take_in([upload])
    minutes(world, functions, 1)
    holds(world.job(upload).state is JobState.FAILED, "a redelivery set it to work")
    put_away(cast, world, functions)
    anew = replace(upload, source=replace(upload.source, request_id="put-again"))
    functions.pipeline.take_in([anew])
    minutes(world, functions, 1)

    job = world.job(upload)
    holds((job.state, job.attempt) == (JobState.DONE, 2), f"{job.state} in attempt {job.attempt}")


def a_process_of_before_it_was_archived(cast: Cast) -> None:
    """Somebody read the job as it began, and writes when a row of its name begins again."""
    world = World()
    functions = cast.functions(world)
    upload = world.upload("0.jpg", b"none")
    first = functions.pipeline.take_in.accept(upload.source)
    minutes(world, functions, 1)
    put_away(cast, world, functions)
    functions.pipeline.take_in.accept(upload.source)
    try:
        functions.pipeline.journal.apply(first, _prepared(first))
    except ConflictError:
        return
    holds(False, "a pin of long ago opens the way to the provider")


def changed_on_its_way(cast: Cast) -> None:
    """Somebody uploads it again when it has been read to be archived."""
    world = World()
    functions = cast.functions(world)
    (upload,) = sent(world, functions, 1)
    minutes(world, functions, 1)
    read = world.job(upload)
    anew = replace(upload, source=replace(upload.source, request_id="put-again"))
    functions.pipeline.take_in([anew])
    changed = world.job(upload)
    grafted(archiving(functions), cast.parts)(read)

    holds(world.row(read.id) == changed, "what it had become is lost")


def put_away(cast: Cast, world: World, functions: Functions) -> None:
    """All that has ended."""
    archive(grafted(archiving(functions), cast.parts))
    holds(not world.jobs._rows, "something could not be archived")


def _prepared(job: Job) -> Prepared:
    picture = Picture(
        format="jpeg",
        width=1,
        height=1,
        orientation=1,
        size=1,
        sha256="0" * 64,
        process="",
        sent_width=1,
        sent_height=1,
    )
    pin = Pin(key=pin_key(PREFIXES.pins, job.id, 1, "jpg"), etag="e", attempt=1)
    return Prepared(pin, picture, "c", None)
