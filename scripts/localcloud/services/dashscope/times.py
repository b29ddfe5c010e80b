"""DashScope's times: texts in UTC+8, milliseconds in lists, `YYYYMMDDhhmmss` in queries."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=8))


def text_of(moment: float) -> str:
    """Epoch seconds as `YYYY-MM-DD HH:MM:SS.mmm`, UTC+8, cut and not rounded."""
    shown = datetime.fromtimestamp(moment, ZONE)
    return f"{shown:%Y-%m-%d %H:%M:%S}.{shown.microsecond // 1000:03d}"


def milliseconds_of(moment: float) -> int:
    """Epoch seconds as epoch milliseconds, cut."""
    return int(moment * 1000)


def bound_of(text: str) -> float:
    """`YYYYMMDDhhmmss` as epoch seconds. The zone is not documented; the texts' is taken.

    Raises:
        ValueError: it is not of that form.
    """
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=ZONE).timestamp()
