"""Chance that repeats itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import count


@dataclass(slots=True)
class SeededChance:
    """`Chance`: the same seed draws the same numbers."""

    seed: str = "chance"
    _numbers: count[int] = field(default_factory=count)

    def fraction(self) -> float:
        """The next one."""
        digest = hashlib.sha256(f"{self.seed}:{next(self._numbers)}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48
