"""A short night of accidents on the local cloud, and that its judge is not blind.

`make chaos` lives through a long one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.chaos import Night, live_through
from tests.e2e.chaos_verdict import DONE, Morning, judge

KEY, MANIFEST, MASK = "uploads/a.jpg", "results/a.jpg/E/manifest.json", "results/a.jpg/E/mask.png"


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [1])
def test_a_night_of_accidents_loses_nothing_and_pays_nothing_twice(
    tmp_path: Path, seed: int
) -> None:
    assert live_through(Night(seed=seed, images=40, kills=6, limit=900), tmp_path / "cloud") == []


def good() -> Morning:
    return Morning(
        puts={KEY: 1},
        ledger={
            "tasks": [{"image_url": "http://o/pins/j1-1.jpg?sig", "billed": True}],
            "peaks": {"dashscope": {"submit": 2}},
            "totals": {"accepted": 1, "billed": 1, "failed": 0},
        },
        events=[{"type": DONE, "id": "j1:done:1", "subject": KEY}] * 2,
        results={MANIFEST: (9, "m"), MASK: (3, "s")},
        manifests={
            MANIFEST: {
                "source": {"key": KEY},
                "files": [{"key": MASK, "size": 3, "sha256": "s"}],
            }
        },
        audit={},
        audit_code=0,
    )


def test_a_good_morning_is_good_though_an_event_came_twice() -> None:
    assert judge(good()) == []


def _ledger(change: Callable[[dict[str, Any]], None]) -> Callable[[Morning], Morning]:
    def changed(morning: Morning) -> Morning:
        ledger = copy.deepcopy(dict(morning.ledger))
        change(ledger)
        return replace(morning, ledger=ledger)

    return changed


BROKEN: dict[str, Callable[[Morning], Morning]] = {
    "no done event": lambda m: replace(m, events=[]),
    "announced as": lambda m: replace(m, events=[*m.events, {**m.events[0], "id": "j1:done:2"}]),
    "nobody expects": lambda m: replace(
        m, events=[*m.events, {**m.events[0], "type": "maskline.job.lost"}]
    ),
    "billed other than once": _ledger(lambda b: b["tasks"].append(b["tasks"][0])),
    "billed other than once: {'j1': 0}": _ledger(lambda b: b["tasks"][0].update(billed=False)),
    "sent to the provider": _ledger(lambda b: b["tasks"].clear()),
    "submissions within one second": _ledger(lambda b: b["peaks"]["dashscope"].update(submit=3)),
    "other than one result set": lambda m: replace(m, manifests={}),
    "is not what": lambda m: replace(m, results={**m.results, MASK: (3, "other")}),
    "audit ended with 1": lambda m: replace(m, audit_code=1),
}


@pytest.mark.parametrize("problem", BROKEN)
def test_every_broken_law_is_told(problem: str) -> None:
    told = judge(BROKEN[problem](good()))

    assert any(problem in line for line in told), told
