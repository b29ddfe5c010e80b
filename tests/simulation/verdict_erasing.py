"""The laws of the second stage at the end of the day."""

from __future__ import annotations

from collections import Counter

from shared.domain.job import Job
from shared.domain.state import JobState
from tests.simulation.storm import Storm
from tests.simulation.uploading import Put
from tests.simulation.verdict import bad_codes, judge, paid_once


def judge_both(storm: Storm) -> None:
    """Both stages. Raises LawBrokenError."""
    judge(storm)
    found = _erasings(storm)
    _begun(storm, found)
    for job, put in found:
        _fate(storm, put, job, found)
        paid_once(storm, _equals(put, found), f"{put.key}, erased")


def _erasings(storm: Storm) -> list[tuple[Job, Put]]:
    """Each erasing, with the upload that it is about."""
    rows = [(job, job.erasure) for job in storm.world.rows()]
    puts = {put.job_id: put for put in storm.uploading.puts}
    return [(job, puts[erasure.parent_id]) for job, erasure in rows if erasure is not None]


def _equals(put: Put, found: list[tuple[Job, Put]]) -> set[str]:
    return {job.id for job, other in found if other.data == put.data}


def _begun(storm: Storm, found: list[tuple[Job, Put]]) -> None:
    """Every upload that is DONE is erased once, and no other is."""
    begun = Counter(put.job_id for _, put in found)
    rows = storm.world.rows()
    done = {job.id for job in rows if job.erasure is None and job.state is JobState.DONE}
    anew = {job_id for job_id in done if storm.laws.forgotten[job_id]}
    begun = Counter({job_id: n for job_id, n in begun.items() if job_id not in anew})
    done -= anew
    storm.laws.holds(begun == Counter(done), "erased twice, or never begun (law 2)", begun, done)


def _fate(storm: Storm, put: Put, job: Job, found: list[tuple[Job, Put]]) -> None:
    code = job.failure.code if job.failure else ""
    allowed = bad_codes(storm, put, job, _equals(put, found))
    holds, struck = storm.laws.holds, storm.weather.struck
    if job.forgotten_at is not None:
        return
    if job.state is JobState.REJECTED:
        holds(put.undone and code in {"superseded", "deleted"}, "rejected without cause", code)
    elif job.state is JobState.FAILED:
        holds(code in allowed, "an erasing failed without cause", put.key, code)
    elif job.state is JobState.LOST:
        excused = struck["task vanishes"] or struck["outage of a day"]
        holds(bool(excused), "a paid erasing was lost (law 3)", put.key)
    else:
        paid = storm.laws.billed[job.id] > 0 or job.reused_from is not None
        holds(paid, "erased, never made", put.key)
