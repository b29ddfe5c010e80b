"""The ledger of paid pictures: budget, what is reserved and spent, and when it will be used up.

Everything here stands in the gate's row, so all of it is bounded: as many prefixes as may be
named, and as many days as a forecast looks back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from shared.domain.line import MOST_PREFIXES

Key = tuple[str, int]
"""A reservation: job and attempt."""

DAY: Final = 24 * 3600.0
LOOKS_BACK: Final = 7
"""Days of spending that a forecast rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment:
    """An upload prefix's own budget, within that of all; None: unlimited. `holds`: jobs wait for
    it to be raised.
    """

    prefix: str
    budget: int | None = None
    spent: int = 0
    reserved: frozenset[Key] = frozenset()
    holds: bool = False

    @property
    def left(self) -> int | None:
        """How many more of its pictures may be paid for; None where there is no budget."""
        if self.budget is None:
            return None
        return max(0, self.budget - self.spent - len(self.reserved))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The budget of the model. `budget` None: unlimited. Reservations are keyed (job, attempt).

    `alarm_at` are shares of the budget, percent left, and `alarmed` the lowest that was said;
    `alarms` numbers what was said. `days` are the pictures paid for by day since 1970 (UTC).
    """

    budget: int | None = None
    spent: int = 0
    reserved: frozenset[Key] = frozenset()
    warned: bool = False
    alarm_at: tuple[int, ...] = (10,)
    alarmed: int = 100
    alarms: int = 0
    allotments: tuple[Allotment, ...] = ()
    days: tuple[tuple[int, int], ...] = ()

    @property
    def left(self) -> int | None:
        """How many more may be reserved; None where there is no budget."""
        if self.budget is None:
            return None
        return max(0, self.budget - self.spent - len(self.reserved))

    def allotment(self, key: str) -> Allotment | None:
        """The allotment of an upload: that of the longest prefix."""
        fits = [each for each in self.allotments if key.startswith(each.prefix)]
        return max(fits, key=lambda each: len(each.prefix), default=None)


def reserved(quota: Quota, key: Key, upload: str) -> Quota:
    """The quota with a reservation for the attempt at an upload."""
    own = quota.allotment(upload)
    changed = replace(quota, reserved=quota.reserved | {key})
    if own is None:
        return changed
    return _with(changed, replace(own, reserved=own.reserved | {key}))


def settled(quota: Quota, key: Key, *, billed: bool, now: float) -> Quota:
    """The quota without the reservation: spent if *billed*, else given back. Once only."""
    if key not in quota.reserved:
        return quota
    changed = replace(quota, reserved=quota.reserved - {key}, spent=quota.spent + int(billed))
    for own in quota.allotments:
        if key in own.reserved:
            rest, spent = own.reserved - {key}, own.spent + int(billed)
            changed = _with(changed, replace(own, reserved=rest, spent=spent))
    return replace(changed, days=_counted(quota.days, now)) if billed and now else changed


def allotted(quota: Quota, wanted: Mapping[str, int]) -> Quota:
    """The quota with an allotment for each prefix that has none; what people set since stays."""
    known = {each.prefix for each in quota.allotments}
    fresh = [Allotment(prefix=p, budget=n) for p, n in wanted.items() if p not in known]
    fresh = fresh[: max(0, MOST_PREFIXES - len(known))]
    return replace(quota, allotments=(*quota.allotments, *fresh)) if fresh else quota


def with_allotment(quota: Quota, prefix: str, budget: int | None) -> Quota:
    """The quota with another budget for a prefix; what was spent of it stays."""
    found = next((each for each in quota.allotments if each.prefix == prefix), None)
    return _with(quota, replace(found or Allotment(prefix=prefix), budget=budget))


def holding(quota: Quota, prefix: str, *, holds: bool) -> Quota:
    """The quota with word whether jobs wait for a prefix's own budget."""
    found = next((each for each in quota.allotments if each.prefix == prefix), None)
    if found is None or found.holds == holds:
        return quota
    return _with(quota, replace(found, holds=holds))


def runs_out(quota: Quota, now: float) -> float | None:
    """When the budget is used up if spending goes on as in the last days; None: not in sight."""
    counts = [(day, n) for day, n in quota.days if now - day * DAY < LOOKS_BACK * DAY]
    if quota.left is None or not counts:
        return None
    since = max(now - counts[0][0] * DAY, DAY / 24)
    return now + quota.left * since / sum(n for _, n in counts)


def _with(quota: Quota, own: Allotment) -> Quota:
    others = [each for each in quota.allotments if each.prefix != own.prefix]
    everyone = sorted([*others, own], key=lambda each: each.prefix)
    return replace(quota, allotments=tuple(everyone))


def _counted(days: tuple[tuple[int, int], ...], now: float) -> tuple[tuple[int, int], ...]:
    today = int(now // DAY)
    counted = {**dict(days), today: dict(days).get(today, 0) + 1}
    return tuple(sorted(counted.items()))[-LOOKS_BACK - 1 :]
