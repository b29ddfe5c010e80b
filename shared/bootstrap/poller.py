"""Composition root of the poller function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from shared.bootstrap._edge import invocation
from shared.bootstrap._kept import Kept
from shared.settings import Credentials, Settings
from shared.wire.task_finish import TaskEnded
from shared.wire.timer import Tick, Wake

if TYPE_CHECKING:  # cold start: the vendors' clients are loaded by build(), not by the import
    from shared.adapters.telling.meter import Meter
    from shared.ports.clock import Clock
    from shared.usecases.look_now import LookNow
    from shared.usecases.poll import Poll


@dataclass(frozen=True, slots=True, kw_only=True)
class _Poller:
    """What one instance keeps; `hints` are taken by the stage whose task is meant."""

    poll: Poll
    hints: tuple[LookNow, ...]
    clock: Clock
    seconds: float
    meter: Meter


def _build(settings: Settings, credentials: Credentials) -> _Poller:
    from shared.bootstrap._parts import function_of
    from shared.usecases.look_now import LookNow

    pipeline, ports, meter = function_of(settings, credentials, alive=True)
    return _Poller(
        poll=pipeline.poll,
        hints=tuple(
            LookNow(rounds=stage.drain.rounds, wake=stage.wake)
            for stage in (pipeline, pipeline.erasing)
        ),
        clock=ports.clock,
        seconds=float(settings.poller_seconds),
        meter=meter,
    )


_kept = Kept(_build)


def build(context: Any) -> Callable[[Tick | Wake | TaskEnded], dict[str, Any]]:
    """The function's work on one tick, wake-up or hint; clients are kept between invocations."""
    poller = _kept.get(context)

    def run(cause: Tick | Wake | TaskEnded) -> dict[str, Any]:
        with invocation("poller", context, poller.meter) as facts:
            if isinstance(cause, TaskEnded):
                ended = sum(hint(cause.task_ids) for hint in poller.hints)
                facts.update({"cause": "task ended", "tasks": len(cause.task_ids), "ended": ended})
                return facts
            wake = cause if isinstance(cause, Wake) else None
            facts["cause"] = wake.reason if wake else "timer"
            until = poller.clock.monotonic() + poller.seconds
            reports = poller.poll(wake.stage if wake else None, until=until)
            facts.update({str(stage): asdict(report) for stage, report in reports.items()})
            return facts

    return run
