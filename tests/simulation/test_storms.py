"""Whatever happens last night: one fate for every upload, one payment at most for every image."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation.shrinking import Failed, run, told
from tests.simulation.storm import Setting, Storm
from tests.simulation.weather import CHANCES

SEEDS = 2000
EACH = 100
ERASING_SEEDS = 200
CROWDED_SEEDS = 60


@pytest.mark.parametrize("first", range(0, SEEDS, EACH))
def test_after_the_storm_every_upload_has_its_fate_and_was_paid_once(first: int) -> None:
    for seed in range(first, first + EACH):
        outcome = run(Setting(seed))
        if isinstance(outcome, Failed):
            pytest.fail(told(outcome))


def test_erasings_have_their_own_fate_and_were_paid_once() -> None:
    for seed in range(ERASING_SEEDS):
        outcome = run(Setting(seed, erases=True))
        if isinstance(outcome, Failed):
            pytest.fail(told(outcome))


def test_a_prefixes_quota_is_kept_and_holds_up_nobody_else() -> None:
    for seed in range(CROWDED_SEEDS):
        outcome = run(Setting(seed, uploads=12, crowded=True))
        if isinstance(outcome, Failed):
            pytest.fail(told(outcome))


def test_a_seed_repeats_its_run_exactly() -> None:
    one, two = Storm(Setting(7)), Storm(Setting(7))
    one.run()
    two.run()

    assert one.time_line() == two.time_line()
    assert one.world.tasks.ledger == two.world.tasks.ledger


def test_every_kind_of_accident_strikes() -> None:
    struck: Counter[str] = Counter()
    for seed in range(120):
        outcome = run(Setting(seed))
        assert not isinstance(outcome, Failed)
        struck += outcome

    assert struck.keys() == CHANCES.keys()


def test_a_kind_that_is_switched_off_never_strikes() -> None:
    calm = run(Setting(3, off=frozenset(CHANCES)))

    assert calm == Counter()
