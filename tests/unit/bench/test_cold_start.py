"""Cold starts as lines of the report."""

from __future__ import annotations

import pytest

from scripts.bench.cold_start import BARE, FUNCTIONS, Package, Started, section
from scripts.bench.figures import spread


def started(ready: float) -> Started:
    return Started(ready=spread([ready]), answered=spread([ready + 0.1]))


@pytest.mark.parametrize(("submit", "met"), [(1.24, True), (1.26, False)])
def test_submit_is_held_against_the_bare_imports(submit: float, *, met: bool) -> None:
    times = {name: started(submit) for name in FUNCTIONS} | {BARE: started(1.0)}
    sizes = dict.fromkeys(FUNCTIONS, Package(own=400_000, needs=200_000_000))

    lines = section(times, sizes).lines

    assert [line.met for line in lines if line.met is not None] == [met]
    assert lines[0].ratio == pytest.approx(submit)
