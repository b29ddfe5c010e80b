"""An event as a person in a group reads it: markdown, Chinese first, then English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.domain import events
from shared.domain.events import CloudEvent

TITLES: Final[Mapping[str, tuple[str, str]]] = {
    events.JOB_DONE: ("照片已完成", "Photo done"),
    events.JOB_FAILED: ("照片处理失败", "Photo failed"),
    events.JOB_REJECTED: ("照片不合要求", "Photo rejected"),
    events.JOB_LOST: ("结果已丢失", "Result lost"),
    events.PIPELINE_STOPPED: ("流水线已停止", "Pipeline stopped"),
    events.PIPELINE_RESUMED: ("流水线已恢复", "Pipeline resumed"),
    events.PIPELINE_STALLED: ("流水线停滞", "Pipeline stalled"),
    events.QUOTA_LOW: ("额度不足", "Quota runs low"),
}
LONGEST_PART: Final = 400
"""Characters of any one part: a group reads a line, not a log."""


def markdown(event: CloudEvent) -> dict[str, Any]:
    """The message's body as the robot takes it."""
    chinese, english = TITLES.get(event.type, (event.type, event.type))
    title = f"{chinese} · {english}"
    lines = [f"#### {title}", f"- {_code(event.subject)}", *_facts(event.data)]
    return {"msgtype": "markdown", "markdown": {"title": title, "text": "\n".join(lines)}}


def _facts(data: Mapping[str, Any]) -> list[str]:
    lines = []
    if data.get("people") is not None:
        lines.append(f"- 人数 people: {data['people']}")
    if data.get("manifest"):
        lines.append(f"- 清单 manifest: {_code(str(data['manifest']))}")
    if data.get("code"):
        lines.append(f"- 原因 reason: {_code(str(data['code']))}")
    reason = data.get("reason")
    if isinstance(reason, Mapping):
        lines.append(f"- 原因 reason: {_code(str(reason.get('code')))}")
        said = (reason.get(name) for name in ("message_zh", "message", "remedy_zh", "remedy"))
        lines += [f"- {_plain(str(text))}" for text in said if text]
    return lines


def _code(text: str) -> str:
    """Names as they are: whatever stands in them is no markdown."""
    return f"`{_plain(text).replace('`', chr(39))}`"


def _plain(text: str) -> str:
    return " ".join(text.split())[:LONGEST_PART]
