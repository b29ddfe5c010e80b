"""A storm over folders, one of which has a small quota of its own: whose uploads may stay where
they are, and what may be billed to whom.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from shared.domain.job import Job
from shared.domain.quota import Allotment
from shared.domain.state import JobState
from shared.ports.stores import Lane, lane_of
from tests.simulation.world import World

if TYPE_CHECKING:
    from tests.simulation.storm import Storm

TIGHT: Final = "uploads/tight/"
BUDGET: Final = 2
FOLDERS: Final = ("tight/", "tight/", "wide/", "")
"""Half of the uploads share what is left of one budget: more of them than are read of a line."""


def folder(seed: int, number: int) -> str:
    """The folder of an upload of a crowd."""
    return Random(f"{seed}:folder:{number}").choice(FOLDERS)


def rests(world: World, job: Job) -> bool:
    """Whether nothing more is to be done for a job: it has its end, or waits for a quota."""
    if job.pending or job.outbox:
        return False
    return job.state.is_final or waits_rightly(world, job)


def waits_rightly(world: World, job: Job) -> bool:
    """Whether a job stands where only another budget can help it, or behind equal bytes that do."""
    if job.state is not JobState.QUEUED:
        return False
    leader = world.row(job.waits_for) if job.waits_for else None
    if leader is not None:
        return job.source.key.startswith(TIGHT) and waits_rightly(world, leader)
    return lane_of(job) is Lane.HELD and any(own.left == 0 for own in _allotments(world))


def judge_quota(storm: Storm) -> None:
    """Raises LawBrokenError."""
    rows = storm.world.rows()
    mine = [job for job in rows if job.source.key.startswith(TIGHT) and job.erasure is None]
    billed = sum(storm.laws.billed[job.id] for job in mine)
    storm.laws.holds(billed <= BUDGET, "more was billed than its prefix's quota", billed)
    for own in _allotments(storm.world):
        storm.laws.holds(not own.reserved, "a prefix's reservations leaked", own.reserved)
        storm.laws.holds(own.spent >= billed, "billed, and not counted for its prefix", own.spent)
    for job in rows:
        if lane_of(job) is Lane.HELD and job.due_at is not None:
            told = TIGHT in job.history[-1].note or job.history[-1].count > 1
            storm.laws.holds(told, "waits without a reason (law 2)", job.id)


def _allotments(world: World) -> list[Allotment]:
    return [own for gate in world.gates._rows.values() for own in gate.quota.allotments]
