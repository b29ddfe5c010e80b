"""The simulation sees: every planted bug is found by a seed, and the house without bugs by none."""

from __future__ import annotations

import pytest

from tests.simulation import stories
from tests.simulation.mutants import MUTANTS, found_by
from tests.simulation.shrinking import Failed, run, shrunk, told
from tests.simulation.storm import Setting

SEARCHED = 200
"""Seeds that are tried where the recorded one no longer meets the bug."""


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_bug_is_found(name: str) -> None:
    mutant = MUTANTS[name]

    assert found_by(mutant, range(SEARCHED)) is not None


@pytest.mark.parametrize("name", [n for n, m in MUTANTS.items() if not isinstance(m.by, int)])
def test_a_story_ends_well_without_its_bug(name: str) -> None:
    story = MUTANTS[name].by
    assert not isinstance(story, int)

    story(stories.Cast())


def test_there_are_at_least_twenty_planted_bugs() -> None:
    assert len(MUTANTS) >= 20


def test_a_failing_seed_is_shrunk_and_told() -> None:
    mutant = MUTANTS["an unknown outcome is none"]
    failed = next(f for s in range(200) if isinstance(f := run(Setting(s), mutant.build), Failed))

    small = shrunk(failed, mutant.build)

    assert small.setting.uploads <= failed.setting.uploads
    assert len(small.struck) < len(failed.struck)
    assert isinstance(run(small.setting, mutant.build), Failed)
    text = told(failed, mutant.build)
    assert failed.law in text
    assert "POST of attempt" in text
