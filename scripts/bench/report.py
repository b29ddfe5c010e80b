"""The one table that people read, and the JSON that programs read.

A line is a figure, what it is measured against, their ratio, and the aim where there is one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure. `met` is None where nothing was aimed at."""

    section: str
    what: str
    ours: str
    against: str = ""
    ratio: float | None = None
    aim: str = ""
    met: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What one part of the bench found. `skipped` says what was left out, and why."""

    name: str
    lines: Sequence[Line] = ()
    rows: Any = ()
    skipped: Sequence[str] = ()


@dataclass(slots=True)
class Report:
    """Sections in the order in which they were measured; `machine` is what they ran on."""

    machine: Mapping[str, Any]
    sections: list[Section] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        found = {
            section.name: {
                "lines": [asdict(line) for line in section.lines],
                "rows": section.rows,
                "skipped": list(section.skipped),
            }
            for section in self.sections
        }
        return {"machine": dict(self.machine), "sections": found}

    def write(self, path: Path) -> None:
        """Keep everything that was measured."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.as_dict(), indent=2) + "\n", encoding="utf-8")

    def show(self, console: Console) -> None:
        """Print the table, and what was left out."""
        table = Table("", "", "Maskline", "against", "ratio", "aim", "", box=None)
        for section in self.sections:
            for number, line in enumerate(section.lines):
                table.add_row(section.name if number == 0 else "", *_cells(line))
        console.print(table)
        for section in self.sections:
            for reason in section.skipped:
                console.print(f"skipped in {section.name}: {reason}")


def _cells(line: Line) -> tuple[str, ...]:
    ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
    verdict = {True: "[green]met[/green]", False: "[red]missed[/red]", None: ""}[line.met]
    return (line.what, line.ours, line.against, ratio, line.aim, verdict)
