"""What processes have cost, by the system's own accounts (Linux: `/proc`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
TICKS: Final = os.sysconf("SC_CLK_TCK")
PARENT, TIMES, OWN_TIMES = 1, slice(11, 15), slice(11, 13)
"""Fields after the command's name in `stat`: the parent, and four times, two of them children's."""


def cpu_seconds(root: int) -> float:
    """CPU time of a process and of everything below it; what ended counts with who awaited it."""
    fields = {int(path.name): _stat(path) for path in PROC.iterdir() if path.name.isdigit()}
    family = {root}
    while True:
        more = {pid for pid, stat in fields.items() if stat and int(stat[PARENT]) in family}
        if more <= family:
            break
        family |= more
    spent = [fields[pid] for pid in family if fields.get(pid)]
    return sum(int(time) for stat in spent for time in stat[TIMES]) / TICKS


def own_cpu_seconds(pid: int) -> float:
    """CPU time of that process alone: neither what it started nor what it awaited."""
    return sum(int(time) for time in _stat(PROC / str(pid))[OWN_TIMES]) / TICKS


def memory(pid: int) -> int:
    """Bytes of a process that are in memory."""
    pages = (PROC / str(pid) / "statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _stat(path: Path) -> list[str]:
    try:
        return (path / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return []
