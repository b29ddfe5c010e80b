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
    from shared.adapters.telling.meter import Meter
    from shared.ports.clock import Clock
    from shared.usecases.poll import Poll


def _build(settings: Settings, credentials: Credentials) -> tuple[Poll, Clock, float, Meter]:
    from shared.bootstrap._parts import function_of

    pipeline, ports, meter = function_of(settings, credentials, alive=True)
    return pipeline.poll, ports.clock, float(settings.poller_seconds), meter


_kept = Kept(_build)


def build(context: Any) -> Callable[[Tick | Wake], dict[str, Any]]:
    """The function's work on one tick or wake-up; clients are kept between invocations."""
    poll, clock, seconds, meter = _kept.get(context)

    def run(cause: Tick | Wake) -> dict[str, Any]:
        with invocation("poller", context, meter) as facts:
            wake = cause if isinstance(cause, Wake) else None
            facts["cause"] = wake.reason if wake else "timer"
            reports = poll(wake.stage if wake else None, until=clock.monotonic() + seconds)
            facts.update({str(stage): asdict(report) for stage, report in reports.items()})
            return facts

    return run
