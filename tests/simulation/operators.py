"""People at the command line in a storm: their commands race with functions and die like these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.usecases.forget import Forget
from tests.simulation.grafting import grafted
from tests.simulation.world import PREFIXES, Functions

if TYPE_CHECKING:
    from tests.simulation.storm import Storm

OPERATOR: Final = "operator"
AGAIN: Final = 90.0
"""Seconds until a person asks again for what was under way."""


def act(storm: Storm, functions: Functions, key: str) -> None:
    """Somebody wants the upload *key* forgotten, and repeats it while the storm lasts."""
    storm.say(f"forget {key}")
    receipt = grafted(forgetting(functions), storm.parts)(key)
    if receipt.under_way and storm.weather.raging:
        storm.ask(OPERATOR, key, delay=AGAIN)


def forgetting(functions: Functions) -> Forget:
    """The command, over the ports of these functions' instance."""
    prepare = functions.pipeline.advance.prepare
    return Forget(
        journal=functions.pipeline.journal,
        objects=prepare.objects,
        claims=prepare.contents.claims,
        prefixes=PREFIXES,
    )
