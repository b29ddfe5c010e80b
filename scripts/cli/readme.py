"""`python -m scripts.cli.readme`: what documents say of the code, written from the code: the state
tables of both READMEs, the recipes' options, the settings, the import graph, and the local cloud's
coverage.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from scripts.cli import coverage, import_graph, recipe_book, setting_book
from scripts.cli.written_part import WrittenPart
from shared.domain.machine import TRANSITIONS
from shared.domain.state import JobState

STATES: Final = WrittenPart("states")
PROJECT: Final = Path(__file__).resolve().parents[2]

MEANINGS: Final[Mapping[str, Mapping[JobState, str]]] = {
    "README.md": {
        JobState.QUEUED: "accepted; pinned and checked as soon as possible, waits for the provider",
        JobState.SUBMITTING: "the one POST of this attempt is permitted and may be on its way",
        JobState.UNCERTAIN: "the POST's answer was lost; the provider's task list must tell",
        JobState.RUNNING: "the provider has the task",
        JobState.FINALIZING: "the provider has a result; it is being saved and drawn",
        JobState.DONE: "every file and the manifest are in the bucket, the event is sent",
        JobState.REJECTED: "the input breaks a rule that nobody can mend; reason and remedy say",
        JobState.FAILED: "it failed for good; `maskline retry`, or uploading again, tries again",
        JobState.LOST: "paid for, and gone before it was saved; `retry --pay-again` pays again",
    },
    "README.zh-CN.md": {
        JobState.QUEUED: "已接收；尽快固定副本并检查，等待服务商空位",
        JobState.SUBMITTING: "本次尝试唯一的 POST 已获准，可能正在途中",
        JobState.UNCERTAIN: "POST 的响应丢失，需由服务商的任务列表查证",
        JobState.RUNNING: "任务在服务商处执行",
        JobState.FINALIZING: "服务商已有结果，正在保存并生成图片",
        JobState.DONE: "所有文件与清单均已写入存储桶，事件已发送",
        JobState.REJECTED: "输入违反无法修复的规则；附原因与处理办法",
        JobState.FAILED: "最终失败；`maskline retry` 或重新上传即重试",
        JobState.LOST: "已付费，但结果在保存之前消失；`retry --pay-again` 可再次付费重试",
    },
}
_HEADS: Final = {
    "README.md": ("state", "what it means", "what takes it on"),
    "README.zh-CN.md": ("状态", "含义", "如何继续"),
}


def states_table(name: str) -> str:
    """The table for one README: every state, and which signal takes it where."""
    rows = [_HEADS[name], ("---", "---", "---")]
    rows += [(f"`{state}`", MEANINGS[name][state], _ways(state)) for state in JobState]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _ways(state: JobState) -> str:
    """Signals by target; those that leave the state as it is are bookkeeping and stay out."""
    ways: dict[JobState, list[str]] = {}
    for (source, signal), target in TRANSITIONS.items():
        if source is state and target is not state:
            ways.setdefault(target, []).append(signal.__name__)
    told = [f"{', '.join(signals)} → `{target}`" for target, signals in ways.items()]
    return "; ".join(told) or "–"


def in_step(text: str, name: str) -> str:
    """The README's text with its table as it should be. Raises ValueError without the marks."""
    return STATES.in_step(text, states_table(name))


def documents() -> dict[Path, Callable[[str], str]]:
    """What is written here, each with what brings its text into step."""
    return {
        **{PROJECT / name: partial(in_step, name=name) for name in MEANINGS},
        **dict.fromkeys(import_graph.DOCUMENTS, import_graph.in_step),
        **{
            path: partial(book.in_step, name=path.name)
            for book in (coverage, recipe_book, setting_book)
            for path in book.DOCUMENTS
        },
    }


def main() -> int:
    """Write the files where they differ."""
    for path, brought_in_step in documents().items():
        text = path.read_text(encoding="utf-8")
        changed = brought_in_step(text)
        if changed != text:
            path.write_text(changed, encoding="utf-8")
            print(f"wrote {path.relative_to(PROJECT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
