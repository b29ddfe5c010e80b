"""Figures out of samples and ledgers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The least, the middle and the most of some samples."""

    least: float
    median: float
    most: float

    def over(self, other: Spread) -> float:
        """This median in the other's."""
        return self.median / other.median if other.median else math.inf

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return asdict(self)


def spread(samples: Sequence[float]) -> Spread:
    """Raises ValueError where there is no sample."""
    return Spread(least=min(samples), median=median(samples), most=max(samples))


def percentile(samples: Sequence[float], share: float) -> float:
    """The sample that *share* (0 to 1) of them do not exceed (nearest rank)."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def utilisation(tasks: Sequence[Mapping[str, Any]]) -> float:
    """How much of the time from the first start to the last end the slot worked: 0 to 1."""
    ended = [(t["start_time"], t["end_time"]) for t in tasks if t["end_time"] and t["start_time"]]
    if not ended:
        return 0.0
    length = max(end for _, end in ended) - min(start for start, _ in ended)
    return float(sum(end - start for start, end in ended) / length) if length else 1.0


def calls_between(
    before: Mapping[str, Mapping[str, int]], after: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, int]]:
    """What the ledger counted meanwhile, by service and operation."""
    found: dict[str, dict[str, int]] = {}
    for service, operations in after.items():
        known = before.get(service, {})
        made = {name: count - known.get(name, 0) for name, count in operations.items()}
        if some := {name: count for name, count in sorted(made.items()) if count}:
            found[service] = some
    return found
