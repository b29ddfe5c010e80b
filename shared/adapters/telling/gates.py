"""`GateStore` that measures what every look at a gate shows anyway; it reads nothing by itself."""

from __future__ import annotations

from collections.abc import Mapping

from shared.adapters.telling.meter import Meter
from shared.domain import metrics
from shared.domain.gate import Gate
from shared.domain.stage import Stage
from shared.ports.stores import GateStore


class ToldGateStore:
    """Passes on to another store. *stages* tells whose gate an id names."""

    def __init__(self, gates: GateStore, meter: Meter, stages: Mapping[str, Stage]) -> None:
        self._gates = gates
        self._meter = meter
        self._stages = stages

    def get(self, gate_id: str) -> Gate | None:
        """As the port says."""
        gate = self._gates.get(gate_id)
        if gate is not None:
            self._measure(gate)
        self._meter.tick()
        return gate

    def add(self, gate: Gate) -> None:
        """As the port says."""
        self._gates.add(gate)
        self._measure(gate)

    def replace(
        self, gate: Gate, *, expected_version: int, expected_wake: int | None = None
    ) -> None:
        """As the port says."""
        self._gates.replace(gate, expected_version=expected_version, expected_wake=expected_wake)
        self._measure(gate)

    def wake(self, gate_id: str) -> None:
        """As the port says."""
        self._gates.wake(gate_id)

    def _measure(self, gate: Gate) -> None:
        stage = self._stages.get(gate.id, Stage.SEGMENT).value
        stopped = gate.breaker is not None
        self._meter.gauge(metrics.GATE_STOPPED, float(stopped), stage=stage)
        if not gate.others_wait:
            self._meter.highest(metrics.QUEUE_AGE, 0.0, stage=stage)
        left, budget = gate.quota.left, gate.quota.budget
        if left is not None and budget is not None:
            self._meter.gauge(metrics.QUOTA_LEFT, left, stage=stage)
            share = 100 * left / budget if budget else 0.0
            self._meter.gauge(metrics.QUOTA_LEFT_PERCENT, share, stage=stage)
