"""How long the provider asks us to wait."""

from __future__ import annotations

import pytest

from shared.adapters.dashscope.wire import retry_after_of
from shared.domain import policy

DATE = "Thu, 26 Nov 2026 02:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "Thu, 26 Nov 2026 02:01:30 GMT", "date": DATE}, 90.0),
        ({"retry-after": "Thu, 26 Nov 2026 01:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Thu, 26 Nov 2026 02:01:30 GMT"}, None),
        ({"retry-after": "soon", "date": DATE}, None),
        ({}, None),
    ],
)
def test_a_number_and_a_date_are_understood(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_of(headers) == seconds


@pytest.mark.parametrize(("tries", "bound"), [(0, 2.0), (1, 4.0), (5, 64.0), (20, 300.0)])
def test_backoff_is_full_jitter_under_a_doubling_bound(tries: int, bound: float) -> None:
    assert policy.backoff(tries, 0.0) == 0.0
    assert policy.backoff(tries, 0.5) == bound / 2
    assert policy.backoff(tries, 0.999) < bound


def test_what_is_asked_for_is_waited_within_reason() -> None:
    assert policy.backoff(0, 0.9, asked=30.0) == 30.0
    assert policy.backoff(0, 0.9, asked=86_400.0) == policy.LONGEST_ASKED
