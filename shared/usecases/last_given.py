"""The last number that a shared row has given: a folder's tag, a turn's time."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.line import Flow
from shared.ports.clock import Clock
from shared.ports.ids import IdSource
from shared.ports.stores import FlowStore
from shared.usecases.writing import write


def give(
    flows: FlowStore, flow_id: str, found: Flow | None, last: int, *, ids: IdSource, clock: Clock
) -> None:
    """Write *last* where *found* stands. Raises ConflictError where it no longer does,
    RetryableError.
    """
    nonce = ids.new()
    row = Flow(id=flow_id, version=1, nonce=nonce, last=last)
    if found is not None:
        row = replace(found, version=found.version + 1, nonce=nonce, last=last)

    def perform(flow: Flow) -> None:
        if found is None:
            flows.add(flow)
        else:
            flows.replace(flow, expected_version=found.version)

    write(row, perform=perform, read=lambda: flows.get(flow_id), clock=clock)
