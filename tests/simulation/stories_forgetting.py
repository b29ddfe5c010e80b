"""What happens to uploads that somebody wanted forgotten, told for planted bugs to end badly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.domain.policy import FINALIZER_LIFE
from shared.domain.state import JobState
from tests.simulation.grafting import grafted
from tests.simulation.operators import forgetting
from tests.simulation.stories import Cast, holds, minutes, sent
from tests.simulation.world import World


@dataclass
class HeldUp:
    """The bucket, whose writer is held up right before the manifest."""

    inner: Any
    meanwhile: Callable[[], None]

    def put(self, key: str, data: bytes, **told: Any) -> Any:
        if key.endswith("manifest.json"):
            self.meanwhile()
        return self.inner.put(key, data, **told)

    def __getattr__(self, verb: str) -> Any:
        return getattr(self.inner, verb)


def forgotten_while_a_finalizer_was_held_up(cast: Cast) -> None:
    """The same request was delivered twice; the slower one writes when the other has ended."""
    world = World()
    functions = cast.functions(world)
    (upload,) = sent(world, functions, 1)
    functions.pipeline.drain(until=world.clock.monotonic() + 30.0)
    job = world.job(upload)
    asked = {"attempt": job.attempt, "finalize_attempt": job.finalize_attempt}
    forget = grafted(forgetting(functions), cast.parts)

    def meanwhile() -> None:
        functions.finalize(job.id, **asked)
        world.clock.advance(30.0)
        forget(upload.source.key)

    slow = cast.functions(world, objects=HeldUp(world.objects, meanwhile))
    slow.finalize(job.id, **asked)
    minutes(world, functions, 1)
    holds(world.job(upload).state is JobState.DONE, "it did not end")
    world.clock.advance(FINALIZER_LIFE)
    forget(upload.source.key)

    left = sorted(world.objects._objects)
    holds(not left, f"what was forgotten left {left}")
    holds(world.job(upload).forgotten_at is not None, "it is not forgotten")


def forgotten_before_all_was_done(cast: Cast) -> None:
    """Its finalizer died right after the end was written; equal bytes wait for what it has."""
    world = World()
    functions = cast.functions(world)
    (upload,) = sent(world, functions, 1)
    functions.pipeline.drain(until=world.clock.monotonic() + 30.0)
    job = world.job(upload)
    done = functions.finalize._finalized(job)
    holds(bool(done.pending), "nothing is left to be done")
    forget = grafted(forgetting(functions), cast.parts)
    world.clock.advance(FINALIZER_LIFE)
    forget(upload.source.key)
    holds(world.job(upload).forgotten_at is None, "what was still to be done for it is lost")
