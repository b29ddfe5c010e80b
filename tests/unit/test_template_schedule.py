"""Timer expressions: `@every` and six-field cron, in UTC and in zones."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from scripts.localcloud.services.fc.schedule import ScheduleError, parse_schedule


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    ("expression", "now", "following"),
    [
        ("@every 1m", "2026-11-24 17:00:30", "2026-11-24 17:01:30"),
        ("@every 2h", "2026-11-24 17:00:00", "2026-11-24 19:00:00"),
        ("0 0 4 * * *", "2026-11-24 17:00:00", "2026-11-25 04:00:00"),
        ("0 0 4 * * *", "2026-11-24 04:00:00", "2026-11-25 04:00:00"),
        ("30 */15 * * * *", "2026-11-24 17:15:30", "2026-11-24 17:30:30"),
        ("0 0 0 29 2 *", "2026-11-24 17:00:00", "2028-02-29 00:00:00"),
        ("0 0 12 * * MON-FRI", "2026-11-27 12:00:00", "2026-11-30 12:00:00"),
        ("0 0 12 * * 7", "2026-11-24 00:00:00", "2026-11-29 12:00:00"),
        ("0 0 12 1 * MON", "2026-11-24 00:00:00", "2026-11-30 12:00:00"),
        ("0 10,20 5 * jan ?", "2026-11-24 00:00:00", "2027-01-01 05:10:00"),
        ("CRON_TZ=Asia/Shanghai 0 0 4 1 * *", "2026-11-24 00:00:00", "2026-11-30 20:00:00"),
    ],
)
def test_next_time(expression: str, now: str, following: str) -> None:
    assert parse_schedule(expression).next_after(at(now)) == at(following)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("@every 30s", "shortest interval"),
        ("@daily", "not of the form"),
        ("0 0 4 * *", "has 5 fields"),
        ("* 0 4 * * *", "'second' must be one number"),
        ("0 60 4 * * *", "'minute'"),
        ("0 0 4 * abc *", "'month' has 'abc'"),
        ("0 5-1 * * * *", "'minute'"),
        ("0 */0 * * * *", "'minute' has the step"),
        ("CRON_TZ=Nowhere/Else 0 0 4 * * *", "no time zone"),
    ],
)
def test_bad_expressions_are_named(expression: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said):
        parse_schedule(expression)


def test_a_date_that_never_comes_is_said() -> None:
    with pytest.raises(ScheduleError, match="never"):
        parse_schedule("0 0 0 31 2 *").next_after(at("2026-11-24 00:00:00"))
