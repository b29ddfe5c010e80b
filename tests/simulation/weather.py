"""What may go wrong, each kind with a stream of chances of its own: switching one off leaves the
draws of the others as they were, so that a failing seed can be made simpler.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final, TypeVar

CHANCES: Final[Mapping[str, float]] = {
    # to an instance, at a port call
    "killed": 0.004,
    "frozen": 0.004,
    "overtaken": 0.05,
    "slow finalizer": 0.02,
    "clock skew": 1.0,
    # to a call
    "request lost": 0.006,
    "answer lost": 0.006,
    "store throttles": 0.004,
    "store away": 0.0015,
    "index stale": 0.15,
    "sink fails": 0.1,
    # to an event or an upload
    "event twice": 0.3,
    "event late": 0.15,
    "event lost": 0.12,
    "overwritten": 0.12,
    "deleted": 0.08,
    "same bytes": 0.15,
    "uploaded again": 0.15,
    "forgotten": 0.05,
    "archived": 0.35,
    # at the provider
    "submit throttled": 0.1,
    "submit put off": 0.08,
    "submit refused": 0.02,
    "account stopped": 0.05,
    "task fails for now": 0.12,
    "task fails": 0.06,
    "task unknown": 0.02,
    "task vanishes": 0.004,
    "provider restarts": 0.01,
    "provider's clock": 1.0,
    "list lags": 1.0,
    "list broken": 0.1,
    "others' tasks": 0.1,
    "others' pictures": 0.05,
    "our key elsewhere": 0.01,
    # to everything
    "outage of a day": 0.08,
}
"""Kinds of accidents and the chance of each at every occasion."""

PRESENT: Final = 0.6
"""The share of seeds in which a kind can happen at all."""

Choice = TypeVar("Choice")


class Weather:
    """One seed's chances. `off` are kinds that never strike; `struck` counts those that did;
    `away` are services that answer nobody until a time.
    """

    def __init__(self, seed: int, off: frozenset[str] = frozenset()) -> None:
        self.raging = True
        self.struck: Counter[str] = Counter()
        self.away: dict[str, float] = {}
        self._streams = {kind: Random(f"{seed}:{kind}") for kind in CHANCES}
        self.kinds = {
            kind: CHANCES[kind]
            for kind, stream in self._streams.items()
            if stream.random() < PRESENT and kind not in off
        }

    def strikes(self, kind: str) -> bool:
        """Whether it happens now; counted if so."""
        chance = self.kinds.get(kind)
        if chance is None or not self.raging or self._streams[kind].random() >= chance:
            return False
        self.struck[kind] += 1
        return True

    def pick(self, kind: str, choices: Sequence[Choice]) -> Choice:
        """One of the choices, for an accident of the kind."""
        return self._streams[kind].choice(choices)

    def between(self, kind: str, low: float, high: float) -> float:
        """A number, for an accident of the kind."""
        return low + (high - low) * self._streams[kind].random()
