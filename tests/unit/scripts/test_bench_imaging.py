from __future__ import annotations

import numpy as np

from scripts.bench import imaging


def test_the_people_of_the_bench_are_as_many_as_asked_for() -> None:
    assert np.unique(imaging.people(20, 512)).tolist() == list(range(21))


def test_every_figure_has_an_aim_and_a_verdict() -> None:
    lines = imaging._default_outputs(256)

    assert [line.aim for line in lines] == ["<= 1.5", ">= 5 x faster"]
    assert all(line.met is not None and line.ratio for line in lines)
