"""What wakes the poller: the timer (contracts/alibaba-cloud.md, 2), one of our functions, or
DashScope's word that a task has ended (`task_finish`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.stage import Stage
from shared.wire import task_finish
from shared.wire.errors import WireError
from shared.wire.task_finish import TaskEnded

KICK: Final = "kick"
HANDOVER: Final = "handover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A minute has passed. `trigger_time` is the timer's own text, for the log."""

    trigger_name: str
    trigger_time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """Somebody woke the poller: `kick` after an upload, `handover` from a poller whose time is up.

    `generation` counts the pollers of one chain (protocol 20), `stage` says whose queue it is.
    """

    generation: int
    reason: str
    stage: Stage = Stage.SEGMENT


def parse(event: bytes) -> Tick | Wake | TaskEnded:
    """The reason for this run. Raises WireError."""
    try:
        document = json.loads(event or b"{}")
    except ValueError as error:
        raise WireError("event", "is not JSON") from error
    if isinstance(document, list):
        return task_finish.parse(document)
    if not isinstance(document, dict):
        raise WireError("event", "is not an object")
    if "specversion" in document:
        return task_finish.parse([document])
    if "kind" in document:
        return _wake(document)
    name = document.get("triggerName", "")
    time = document.get("triggerTime", "")
    if not isinstance(name, str) or not isinstance(time, str):
        raise WireError("triggerName", "or triggerTime is not text")
    return Tick(trigger_name=name, trigger_time=time)


def wake_payload(wake: Wake) -> Mapping[str, object]:
    """What `parse` reads as this wake-up."""
    return {"kind": wake.reason, "generation": wake.generation, "stage": str(wake.stage)}


def _wake(document: Mapping[str, Any]) -> Wake:
    reason, generation = document["kind"], document.get("generation", 0)
    if reason not in (KICK, HANDOVER):
        raise WireError("kind", f"is neither {KICK} nor {HANDOVER}")
    if not isinstance(generation, int) or isinstance(generation, bool) or generation < 0:
        raise WireError("generation", "is not a whole number from 0 on")
    return Wake(generation=generation, reason=reason, stage=_stage(document))


def _stage(document: Mapping[str, Any]) -> Stage:
    """A version of the code that knew of one stage only named none."""
    try:
        return Stage(document.get("stage", Stage.SEGMENT))
    except ValueError as error:
        raise WireError("stage", f"is none of {', '.join(Stage)}") from error
