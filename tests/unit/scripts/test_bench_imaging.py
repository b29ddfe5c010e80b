from __future__ import annotations

import numpy as np

from scripts.bench import imaging


def test_the_people_of_the_bench_are_as_many_as_asked_for() -> None:
    assert np.unique(imaging.people(20, 512)).tolist() == list(range(21))


def test_every_figure_has_an_aim_and_a_verdict() -> None:
    lines = imaging._default_outputs(256)

    assert [line.aim for line in lines] == ["<= 1.5", "<= 1.5", ">= 5 x faster"]
    assert all(line.met is not None and line.ratio for line in lines)


def test_many_people_cover_what_few_do_and_small_ones_a_sixteenth() -> None:
    few, many, small = (
        np.count_nonzero(imaging.people(count, 1024, scale))
        for count, scale in ((5, 1.0), (20, 1.0), (5, 0.25))
    )

    assert abs(many / few - 1) < 0.02
    assert abs(small / few * 16 - 1) < 0.1


def test_the_growth_is_told_for_both() -> None:
    assert [line.aim for line in imaging._growth(256)] == ["<= 2", "<= 0.33"]
