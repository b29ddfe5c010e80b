"""People at the command line in a storm: their commands race with functions and die like these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.usecases.archive_jobs import ArchiveJobs
from shared.usecases.forget import Forget
from tests.simulation.grafting import grafted
from tests.simulation.world import PREFIXES, Functions

if TYPE_CHECKING:
    from tests.simulation.storm import Storm

OPERATOR: Final = "operator"
ARCHIVE: Final = "*"
AGAIN: Final = 90.0
"""Seconds until a person asks again for what was under way."""


def act(storm: Storm, functions: Functions, key: str) -> None:
    """Somebody archives what has ended; or wants the upload *key* forgotten, and repeats it while
    the storm lasts.
    """
    if key == ARCHIVE:
        storm.say("archive")
        command = grafted(archiving(functions), storm.parts)
        read = list(command.candidates(before=float("inf")))
        if storm.weather.raging:
            # A page of many is read long before its last row is moved. In the calm that proves
            # nothing more, and whoever is below this one could not come in time for as long.
            storm.sleep(storm.weather.between("archived", 0.0, 300.0))
        for job in read:
            command(job)
        return
    storm.say(f"forget {key}")
    receipt = grafted(forgetting(functions), storm.parts)(key)
    if receipt.under_way and storm.weather.raging:
        storm.ask(OPERATOR, key, delay=AGAIN)


def archive(jobs: ArchiveJobs) -> None:
    """All that ended, however recently."""
    for job in jobs.candidates(before=float("inf")):
        jobs(job)


def archiving(functions: Functions) -> ArchiveJobs:
    """The command, over the ports of these functions' instance."""
    recall = functions.pipeline.recall
    return ArchiveJobs(journal=recall.journal, archive=recall.archive, recall=recall)


def forgetting(functions: Functions) -> Forget:
    """The command, over the ports of these functions' instance."""
    prepare = functions.pipeline.advance.prepare
    return Forget(
        journal=functions.pipeline.journal,
        known=functions.pipeline.known,
        recall=functions.pipeline.recall,
        objects=prepare.objects,
        claims=prepare.contents.claims,
        prefixes=PREFIXES,
    )
