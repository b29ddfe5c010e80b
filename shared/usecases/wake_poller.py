"""After new work was written: say so where the poller looks, and wake it if nobody is up."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain import lease
from shared.domain.keys import kick_id
from shared.domain.stage import Stage
from shared.ports.errors import PortError
from shared.ports.functions import POLLER, FunctionInvoker
from shared.usecases.gatekeeper import Gatekeeper


@dataclass(frozen=True, slots=True, kw_only=True)
class WakePoller:
    """Raises the wake-up counter, then kicks only where no heartbeat is fresh (protocol 15, 20)."""

    gatekeeper: Gatekeeper
    invoker: FunctionInvoker
    stage: Stage = Stage.SEGMENT

    def __call__(self) -> bool:
        """Whether a poller was asked to run; one that is up sees the counter by itself."""
        gate = self.gatekeeper.wake()
        if lease.is_fresh(gate, now=self.gatekeeper.clock.now()):
            return False
        payload = {"kind": "kick", "generation": gate.generation, "stage": str(self.stage)}
        try:
            return self.invoker.invoke(POLLER, payload, invocation_id=kick_id(gate.id, gate.wake))
        except PortError:
            # The counter is raised; the timer is at most a minute away.
            return False
