"""Composition root of `maskline status --openmetrics`: what pollers measure, seen from outside."""

from __future__ import annotations

from shared.adapters.mns.client import connect as connect_mns
from shared.adapters.mns.inspection import MnsInspector
from shared.adapters.system.clock import SystemClock
from shared.adapters.system.patient import patient
from shared.adapters.telling.glance import glance
from shared.adapters.telling.meter import Measured, Meter
from shared.bootstrap._parts import deployment_of, ports_of
from shared.bootstrap._told import stages_of
from shared.domain import metrics
from shared.settings import Credentials, Settings


def measured(
    settings: Settings, credentials: Credentials, *, offset_file: str | None = None
) -> list[Measured]:
    """Gauges as they are now. Counters are not among them: only the functions' log tells those.

    *offset_file* is the local cloud's shifted clock. Raises PortError.
    """
    clock = SystemClock(offset_file)
    meter = Meter(clock)
    ports = ports_of(settings, credentials)
    stages = stages_of(deployment_of(settings))
    glance(patient(ports.jobs, clock), patient(ports.gates, clock), meter, clock, stages)
    account = connect_mns(
        settings.mns_endpoint,
        **credentials.keys,
    )
    waiting = MnsInspector(account).waiting(settings.mns_failure_queue)
    if waiting is not None:
        meter.gauge(metrics.FAILURE_QUEUE, waiting)
    return meter.taken()
