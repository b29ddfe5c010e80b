"""When a timer trigger fires: `@every 4m`, or six fields `second minute hour day month weekday`.

Times are UTC unless the expression starts with `CRON_TZ=Zone`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EVERY: Final = re.compile(r"@every\s+(\d+)(s|m|h)?")
UNITS: Final = {"s": 1, "m": 60, "h": 3600, None: 60}
SHORTEST: Final = 60
FIELDS: Final = ("second", "minute", "hour", "day", "month", "weekday")
BOUNDS: Final = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
NAMES: Final = {
    "month": ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    "weekday": ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
}
HORIZON_DAYS: Final = 366 * 5

Next = Callable[[float], float]
"""Given a time, the next moment after it to fire at; both in epoch seconds."""


class ScheduleError(ValueError):
    """The expression cannot be read, or never comes true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`next_after(t)` is when to fire next; `interval` is set for the `@every` form (seconds)."""

    next_after: Next
    interval: float | None = None


def parse_schedule(expression: str) -> Schedule:
    """Read a cron expression.

    Raises:
        ScheduleError: it is none; the text says what is wrong.
    """
    text = expression.strip()
    if text.startswith("@"):
        return _every(text)
    zone, text = _zone(text)
    fields = text.split()
    if len(fields) != len(FIELDS):
        raise ScheduleError(
            f"{expression!r} has {len(fields)} fields; it needs six ({', '.join(FIELDS)}),"
            " or the form '@every 4m'"
        )
    allowed = [
        _allowed(name, field, bounds)
        for name, field, bounds in zip(FIELDS, fields, BOUNDS, strict=True)
    ]
    if len(allowed[0]) != 1:
        raise ScheduleError("the field 'second' must be one number from 0 to 59")
    free_day, free_weekday = (fields[at] in "*?" for at in (3, 5))
    cron = _Cron(allowed=allowed, zone=zone, either_day=not free_day and not free_weekday)
    return Schedule(next_after=cron.next_after)


def _every(text: str) -> Schedule:
    found = EVERY.fullmatch(text)
    if found is None:
        raise ScheduleError(f"{text!r} is not of the form '@every 4m'")
    seconds = float(int(found.group(1)) * UNITS[found.group(2)])
    if seconds < SHORTEST:
        raise ScheduleError(f"{text!r} is shorter than the shortest interval of one minute")
    return Schedule(next_after=lambda now: now + seconds, interval=seconds)


def _zone(text: str) -> tuple[tzinfo, str]:
    if not text.startswith("CRON_TZ="):
        return ZoneInfo("UTC"), text
    name, _, rest = text.removeprefix("CRON_TZ=").partition(" ")
    try:
        return ZoneInfo(name), rest
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ScheduleError(f"there is no time zone {name!r}") from error


def _allowed(name: str, field: str, bounds: tuple[int, int]) -> frozenset[int]:
    values: set[int] = set()
    for part in field.split(","):
        values |= _part(name, part, bounds)
    if name == "weekday":
        values = {value % 7 for value in values}
    return frozenset(values)


def _part(name: str, part: str, bounds: tuple[int, int]) -> set[int]:
    span, slash, step = part.partition("/")
    if slash and (not step.isdecimal() or int(step) == 0):
        raise ScheduleError(f"the field {name!r} has the step {step!r}")
    if span in ("*", "?"):
        first, last = bounds
    else:
        low, dash, high = span.partition("-")
        first = _number(name, low)
        last = _number(name, high) if dash else (bounds[1] if slash else first)
    if not bounds[0] <= first <= last <= bounds[1]:
        raise ScheduleError(f"the field {name!r} has {part!r}; allowed is {bounds[0]}-{bounds[1]}")
    return set(range(first, last + 1, int(step) if slash else 1))


def _number(name: str, text: str) -> int:
    if text.isdecimal():
        return int(text)
    names = NAMES.get(name, [])
    if text.lower() in names:
        return names.index(text.lower()) + (1 if name == "month" else 0)
    raise ScheduleError(f"the field {name!r} has {text!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cron:
    """Six sets of allowed values. Where both day fields are restricted, either may hold."""

    allowed: list[frozenset[int]]
    zone: tzinfo
    either_day: bool

    def next_after(self, now: float) -> float:
        """The first matching moment strictly after `now`."""
        start = datetime.fromtimestamp(now, self.zone).replace(microsecond=0)
        day = start.date()
        for _ in range(HORIZON_DAYS):
            if self._day_fits(datetime(day.year, day.month, day.day, tzinfo=self.zone)):
                for moment in self._moments(day.year, day.month, day.day):
                    if moment > now:
                        return moment
            day += timedelta(days=1)
        raise ScheduleError("the expression never comes true")

    def _day_fits(self, day: datetime) -> bool:
        if day.month not in self.allowed[4]:
            return False
        by_date = day.day in self.allowed[3]
        by_weekday = day.isoweekday() % 7 in self.allowed[5]
        return (by_date or by_weekday) if self.either_day else (by_date and by_weekday)

    def _moments(self, year: int, month: int, day: int) -> list[float]:
        second = min(self.allowed[0])
        return [
            datetime(year, month, day, hour, minute, second, tzinfo=self.zone).timestamp()
            for hour in sorted(self.allowed[2])
            for minute in sorted(self.allowed[1])
        ]
