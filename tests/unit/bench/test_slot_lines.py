"""What is promised of the slot, held against outcomes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.bench.report import Line
from scripts.bench.slot import OURS, Outcome, rows
from scripts.bench.slot_lines import section

GOOD = Outcome(
    contender=OURS,
    service=5.0,
    over_limit="queue",
    images=20,
    time="wall",
    utilisation=0.99,
    queries_per_task=6.0,
    done=20,
)
PEER = replace(GOOD, contender="SDK", utilisation=0.995)


def line_of(*outcomes: Outcome) -> Line:
    (line,) = section(outcomes).lines
    return line


def test_a_busy_slot_meets_the_aim() -> None:
    assert line_of(GOOD, PEER).met is True


@pytest.mark.parametrize(
    "worse",
    [
        replace(GOOD, utilisation=0.98),
        replace(GOOD, queries_per_task=15.1),
        replace(GOOD, done=19),
        replace(GOOD, over_limit="reject", utilisation=0.95),
    ],
)
def test_each_promise_can_be_missed(worse: Outcome) -> None:
    assert line_of(worse).met is False


def test_more_than_a_hundredth_behind_the_best_peer_is_missed() -> None:
    assert line_of(replace(GOOD, utilisation=0.9855), replace(PEER, utilisation=0.999)).met is False


def test_a_peer_that_left_pictures_undone_is_no_rival_but_is_told() -> None:
    broken = replace(PEER, utilisation=1.0, done=1)

    line = line_of(GOOD, broken)

    assert line.ratio is None
    assert "19 undone" in line.against


def test_settings_and_kinds_of_time_are_not_compared_with_each_other() -> None:
    others = [replace(PEER, service=9.0), replace(PEER, time="virtual")]

    assert rows([GOOD, *others])[0]["behind_best"] is None


def test_wall_and_virtual_runs_of_other_lengths_are_told_apart() -> None:
    longer = replace(GOOD, images=500, utilisation=0.5)

    assert [line.met for line in section([GOOD, longer]).lines] == [True, False]
