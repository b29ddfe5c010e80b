from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.wire.errors import WireError
from shared.wire.task_finish import MOST, TYPE, TaskEnded
from shared.wire.timer import parse

EVENTS = Path(__file__).parents[2] / "events"
SAMPLE = (EVENTS / "eventbridge_task_finish.json").read_bytes()


def event(**changes: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "type": TYPE, "data": {"task_id": "t-1"}, **changes}


def test_the_documented_event_whose_time_is_no_time() -> None:
    assert parse(SAMPLE) == TaskEnded(("a154c328-xxxx-xxxx-xxxx-e52a9a7e9a35",))


def test_the_streaming_mode_hands_over_an_array() -> None:
    other = event(data={"task_id": "t-2", "task_status": "FAILED"})

    assert parse(json.dumps([event(), other, event()]).encode()) == TaskEnded(("t-1", "t-2"))


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (event(type="oss:ObjectCreated:PutObject"), "type"),
        (event(data={}), "data.task_id"),
        (event(data="t-1"), "data.task_id"),
        (event(data={"task_id": 7}), "data.task_id"),
        (event(data={"task_id": "../../x"}), "data.task_id"),
        (event(data={"task_id": "t" * 129}), "data.task_id"),
        ([event(), "text"], "type"),
        ([event()] * (MOST + 1), "event"),
    ],
)
def test_anything_else_is_refused_by_its_field(document: Any, field: str) -> None:
    with pytest.raises(WireError, match=f"^{field}"):
        parse(json.dumps(document).encode())
