"""Composition root of the poller function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from shared.bootstrap._edge import invocation
from shared.bootstrap._kept import Kept
from shared.settings import Credentials, Settings
from shared.wire.timer import Tick, Wake

if TYPE_CHECKING:  # cold start: the vendors' clients are loaded by build(), not by the import
    from shared.usecases.drain_queue import DrainQueue


def _build(settings: Settings, credentials: Credentials) -> tuple[DrainQueue, float]:
    from shared.bootstrap._parts import pipeline_of, ports_of

    pipeline = pipeline_of(settings, ports_of(settings, credentials))
    return pipeline.drain, float(settings.poller_seconds)


_kept = Kept(_build)


def build(context: Any) -> Callable[[Tick | Wake], dict[str, Any]]:
    """The function's work on one tick or wake-up; clients are kept between invocations."""
    drain, seconds = _kept.get(context)

    def run(cause: Tick | Wake) -> dict[str, Any]:
        with invocation("poller", context) as facts:
            facts["cause"] = cause.reason if isinstance(cause, Wake) else "timer"
            facts.update(asdict(drain(until=drain.clock.monotonic() + seconds)))
            return facts

    return run
