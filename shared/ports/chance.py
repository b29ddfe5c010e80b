"""Chance."""

from __future__ import annotations

from typing import Protocol


class Chance(Protocol):
    """What spreads tries that would otherwise come all at once."""

    def fraction(self) -> float:
        """A number drawn evenly from 0 up to, and never, 1."""
