"""What the local cloud answers, for `docs/local-cloud.md`: written from its routes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from scripts.localcloud.coverage import coverage_table

DOCUMENTS: Final = tuple(
    Path(__file__).resolve().parents[2] / "docs" / name
    for name in ("local-cloud.md", "local-cloud.zh-CN.md")
)
BEGIN: Final = "<!-- coverage: written by `python -m scripts.cli.readme` -->"
END: Final = "<!-- coverage end -->"
_HEADS: Final = {
    "local-cloud.md": "| service | operations | by name |",
    "local-cloud.zh-CN.md": "| 服务 | 操作数 | 名称 |",
}


def in_step(text: str, name: str) -> str:
    """A page's text with the table as it is. Raises ValueError without the markers."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{name} has no markers for the coverage table")
    table = f"{_HEADS[name]}\n|---|---|---|\n{coverage_table()}"
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"
