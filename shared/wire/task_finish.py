"""DashScope's completion event, through EventBridge (contracts/dashscope.md, 13).

Only the tasks' names are taken from it. Whoever may invoke the poller can forge the rest, and the
sample's `time` is no time: what became of a task, the provider is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.wire.errors import WireError

TYPE: Final = "dashscope:System:AsyncTaskFinish"
MOST: Final = 100
"""Events in one invocation at most: the streaming mode hands over arrays."""

_TASK_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True, slots=True)
class TaskEnded:
    """Somebody says that these tasks have ended."""

    task_ids: tuple[str, ...]


def parse(events: Sequence[Any]) -> TaskEnded:
    """The tasks that events name. Raises WireError where one is no such event."""
    if not 0 < len(events) <= MOST:
        raise WireError("event", f"is an array of {len(events)}, not of 1 to {MOST}")
    return TaskEnded(tuple(dict.fromkeys(map(_task_id, events))))


def _task_id(event: Any) -> str:
    if not isinstance(event, dict) or event.get("type") != TYPE:
        raise WireError("type", f"is not {TYPE}; correct the pattern of the EventBridge rule")
    data = event.get("data")
    task_id = data.get("task_id") if isinstance(data, dict) else None
    if not isinstance(task_id, str) or not _TASK_ID.fullmatch(task_id):
        raise WireError("data.task_id", "is missing or no task's id")
    return task_id
