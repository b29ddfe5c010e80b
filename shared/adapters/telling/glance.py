"""A look at what a poller looks at, for what it measures by the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.adapters.telling.gates import ToldGateStore
from shared.adapters.telling.jobs import ToldJobStore
from shared.adapters.telling.meter import Meter
from shared.domain.line import HIGHEST, place_of
from shared.domain.stage import Stage
from shared.ports.clock import Clock
from shared.ports.stores import GateStore, JobStore

HEADS: Final = 10
"""How much of a line is read: who waits longest stands at its head."""

AHEAD: Final = 24 * 3600.0
"""Seconds: what is looked after next is at risk as well until it is saved."""

UNSAVED: Final = 1000
"""As many results at risk are counted; long before, something is wrong."""


def glance(
    jobs: JobStore, gates: GateStore, meter: Meter, clock: Clock, gate_ids: Mapping[str, Stage]
) -> None:
    """Read each stage's gate, the head of its line, and what it has not saved; change nothing.

    What is read is bounded, however much waits.
    """
    told_gates = ToldGateStore(gates, meter, gate_ids)
    told_jobs = ToldJobStore(jobs, meter, clock)
    for gate_id, stage in gate_ids.items():
        told_gates.get(gate_id)
        told_jobs.line(after=0, before=place_of(-HIGHEST - 1, 0), limit=HEADS, stage=stage)
        told_jobs.unsaved(before=clock.now() + AHEAD, limit=UNSAVED, stage=stage)
