"""What the local cloud answers, for `docs/local-cloud.md`: written from its routes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from scripts.cli.written_part import WrittenPart
from scripts.localcloud.coverage import coverage_table

DOCUMENTS: Final = tuple(
    Path(__file__).resolve().parents[2] / "docs" / name
    for name in ("local-cloud.md", "local-cloud.zh-CN.md")
)
PART: Final = WrittenPart("coverage")
_HEADS: Final = {
    "local-cloud.md": "| service | operations | by name |",
    "local-cloud.zh-CN.md": "| 服务 | 操作数 | 名称 |",
}


def in_step(text: str, name: str) -> str:
    """A page's text with the table as it is. Raises ValueError without the marks."""
    return PART.in_step(text, f"{_HEADS[name]}\n|---|---|---|\n{coverage_table()}")
