"""What a process holds: memory, open files, threads; what a folder takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MIB: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """At a moment, in seconds since the start. Memory and disk in bytes."""

    at: float
    memory: int
    files: int
    threads: int
    disk: int

    def line(self) -> str:
        """For people."""
        return (
            f"{self.at:7.0f} s  {self.memory / MIB:6.1f} MiB  {self.files:4} files  "
            f"{self.threads:3} threads  {self.disk / MIB:7.1f} MiB on disk"
        )


def sample(process_id: int, folder: Path, at: float) -> Sample:
    """Look at a process and its folder."""
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    return Sample(
        at=at,
        memory=int(status["VmRSS"].split()[0]) * 1024,
        files=len(list(Path(f"/proc/{process_id}/fd").iterdir())),
        threads=int(status["Threads"]),
        disk=_disk(folder),
    )


def growth(samples: Sequence[Sample]) -> float:
    """Bytes of memory an hour, by least squares, without the first third: caches fill then."""
    late = samples[len(samples) // 3 :]
    if len(late) < 3:
        return 0.0
    middle = sum(each.at for each in late) / len(late)
    mean = sum(each.memory for each in late) / len(late)
    above = sum((each.at - middle) * (each.memory - mean) for each in late)
    below = sum((each.at - middle) ** 2 for each in late)
    return 3600 * above / below


def _disk(folder: Path) -> int:
    """Files come and go while it is counted."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(place) / name).lstat().st_blocks * 512
    return total
