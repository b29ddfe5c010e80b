"""The bugs that are planted in the second stage are found."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Final

import pytest

from shared.usecases.begin_erasure import BeginErasure
from shared.usecases.contents import Contents
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.perform import Perform
from shared.usecases.plan_erasures import PlanErasures
from tests.simulation import mutants_erasing as erasing
from tests.simulation.shrinking import Failed, run
from tests.simulation.storm import Setting, Storm

SEARCHED: Final = 200
"""Seeds that are tried where the recorded one no longer meets the bug."""

MUTANTS: Final[Mapping[str, tuple[int, Mapping[type, type]]]] = {
    "an erasing is forgotten": (2, {Perform: erasing.ForgetsErasing}),
    "an erasing twice after a kill": (2, {BeginErasure: erasing.AnotherEachTime}),
    "nobody looks at erasings": (0, {BeginErasure: erasing.WakesNobody}),
    "one budget for both stages": (0, {Gatekeeper: erasing.OneBudget}),
    "every erasing leads": (6, {Contents: erasing.EveryErasingLeads}),
    "DONE waits for the erasing": (0, {PlanErasures: erasing.ErasesFirst}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_bug_planted_in_the_second_stage_is_found(name: str) -> None:
    first, parts = MUTANTS[name]
    seeds = chain([first], range(SEARCHED))
    outcomes = (run(Setting(s, erases=True), lambda at: Storm(at, parts)) for s in seeds)

    assert any(isinstance(outcome, Failed) for outcome in outcomes)
