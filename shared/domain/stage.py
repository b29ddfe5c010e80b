"""The two paid stages: each has its model, gate, budget and queue; no job is in both."""

from __future__ import annotations

from enum import Enum


class Stage(str, Enum):
    """What a job is for. An `ERASE` job is the child of a `SEGMENT` job that is DONE."""

    SEGMENT = "segment"
    ERASE = "erase"

    def __str__(self) -> str:
        return self.value
