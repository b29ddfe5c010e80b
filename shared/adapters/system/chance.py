"""The system's randomness."""

from __future__ import annotations

from random import SystemRandom

_system = SystemRandom()


class SystemChance:
    """`Chance`: instances that were frozen and copied together still draw apart."""

    def fraction(self) -> float:
        """A fresh draw."""
        return _system.random()
