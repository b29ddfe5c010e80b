"""Who may ask the provider how often: of twenty questions a second the uploads' poller has fifteen
at most, the second stage's poller and all finalizers together four.
"""

from __future__ import annotations

from shared.bootstrap.deployment import Deployment, Ports
from shared.domain import policy
from shared.domain.stage import Stage
from shared.ports.tasks import TaskService
from shared.usecases.asking import AskInTurn, OwnPace, SharedTurns


def asking(ports: Ports, deployment: Deployment, stage: Stage) -> TaskService:
    """The provider as the poller of *stage* asks it."""
    if stage is Stage.ERASE:
        return asking_with_others(ports, deployment)
    pace = OwnPace(clock=ports.clock, most=policy.OURS_A_SECOND)
    return AskInTurn(tasks=ports.tasks, turn=pace)


def asking_with_others(ports: Ports, deployment: Deployment) -> TaskService:
    """The provider as all others ask it."""
    turns = SharedTurns(
        flows=ports.flows,
        clock=ports.clock,
        ids=ports.ids,
        chance=ports.chance,
        row_id=f"questions:{deployment.account}",
        gap=1.0 / policy.OTHERS_A_SECOND,
    )
    return AskInTurn(tasks=ports.tasks, turn=turns)
