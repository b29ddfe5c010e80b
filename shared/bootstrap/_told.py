"""The ports of a function, told: facts and measures go to the log as they pass."""

from __future__ import annotations

from dataclasses import replace

from shared.adapters.telling.failures import ToldFailureQueue
from shared.adapters.telling.gates import ToldGateStore
from shared.adapters.telling.jobs import ToldJobStore
from shared.adapters.telling.meter import Meter
from shared.adapters.telling.tasks import ToldTaskService
from shared.bootstrap.deployment import Deployment, Ports, gate_id_of
from shared.domain.stage import Stage


def told(ports: Ports, meter: Meter, deployment: Deployment) -> Ports:
    """The same ports, through those that tell."""
    return replace(
        ports,
        jobs=ToldJobStore(ports.jobs, meter, ports.clock),
        gates=ToldGateStore(ports.gates, meter, stages_of(deployment)),
        tasks=ToldTaskService(ports.tasks, meter),
        failures=ToldFailureQueue(ports.failures, meter),
    )


def stages_of(deployment: Deployment) -> dict[str, Stage]:
    """Whose gate an id names."""
    models = {deployment.model: Stage.SEGMENT, deployment.erase_model: Stage.ERASE}
    return {gate_id_of(deployment.account, model): stage for model, stage in models.items()}
