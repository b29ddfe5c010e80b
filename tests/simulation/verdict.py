"""The laws at the end of the day: the accidents tell which fates are allowed."""

from __future__ import annotations

import hashlib
from collections import Counter

from shared.domain import policy
from shared.domain.endings import OUTCOME_UNPROVEN, RESULT_NOT_OURS
from shared.domain.job import Job
from shared.domain.state import JobState
from tests.simulation.provider import job_of
from tests.simulation.storm import GATE, Storm
from tests.simulation.uploading import Put

NOT_FOR_GOOD = {"InternalError.Algo", "InternalError.Timeout", "SystemError"}
FENCED = "InvalidParameter.FileDownload"
STRANGER = "our key elsewhere"
SKEW = 60.0
"""How far two clocks here are apart at most."""
DOUBTFUL = ("task unknown", "task vanishes", "outage of a day", "others' pictures", STRANGER)
"""Accidents after which what may have been paid counts as paid (protocol 11)."""


def judge(storm: Storm) -> None:
    """Raises LawBrokenError."""
    _settled(storm)
    for put in storm.uploading.owed():
        _fate(storm, put)
    _money(storm)
    _events(storm)
    _gate(storm)


def _settled(storm: Storm) -> None:
    stuck = {job.id[:6]: str(job.state) for job in storm.world.jobs._rows.values() if _owes(job)}
    storm.laws.holds(not stuck, "something never came to its end (law 2)", stuck)
    unknown = [p.key for p in storm.uploading.owed() if storm.world.jobs.get(p.job_id) is None]
    storm.laws.holds(not unknown, "an upload was forgotten (law 2)", unknown)
    rows, owed = set(storm.world.jobs._rows), {p.job_id for p in storm.uploading.puts}
    storm.laws.holds(rows <= owed, "a job that nobody uploaded", rows - owed)


def _owes(job: Job) -> bool:
    return not job.state.is_final or bool(job.pending or job.outbox)


def _fate(storm: Storm, put: Put) -> None:
    job = storm.world.jobs.get(put.job_id)
    assert job is not None
    code = job.failure.code if job.failure else ""
    holds = storm.laws.holds
    if job.state is JobState.REJECTED:
        undone = put.undone and code in {"superseded", "deleted"}
        holds(undone or code in _bad_codes(storm, put), "rejected without cause", put.key, code)
    elif job.state is JobState.FAILED:
        holds(code in _bad_codes(storm, put), "failed without cause", put.key, code)
    elif job.state is JobState.LOST:
        struck = storm.weather.struck
        excused = struck["task vanishes"] or struck["outage of a day"]
        holds(bool(excused), "a paid result was lost (law 3)", put.key)
    else:
        paid = storm.laws.billed[put.job_id] == 1 or job.reused_from is not None
        holds(paid, "done, never made", put.key)


def _bad_codes(storm: Storm, put: Put) -> set[str]:
    """The codes that the provider's failures allow a job with these bytes to end with."""
    content = hashlib.sha256(put.data).hexdigest()
    equals = [p.job_id for p in storm.uploading.puts if p.data == put.data]
    codes = {c for c in storm.provider.codes[content] if c not in NOT_FOR_GOOD}
    codes |= {storm.provider.refused[e] for e in equals if e in storm.provider.refused}
    tries = Counter(job_of(t.url)[0] for t in storm.world.tasks.ledger.values() if t.failure)
    if any(tries[e] > 1 for e in equals):
        codes.add(policy.SLOW_TASK)
    if any(tries[e] > 3 for e in equals):
        codes |= NOT_FOR_GOOD | {FENCED}
    if storm.weather.struck["outage of a day"]:
        codes.add(OUTCOME_UNPROVEN.code)
    if storm.weather.struck[STRANGER] or _ended_at(storm, put) <= storm.laws.key_known_at + SKEW:
        codes |= {RESULT_NOT_OURS.code, OUTCOME_UNPROVEN.code}
    return codes


def _ended_at(storm: Storm, put: Put) -> float:
    job = storm.world.jobs.get(put.job_id)
    return job.history[-1].at if job is not None else 0.0


def _money(storm: Storm) -> None:
    """Nobody pays twice for the same bytes, but after a paid result was lost."""
    for put in storm.uploading.puts:
        equals = {p.job_id for p in storm.uploading.puts if p.data == put.data}
        jobs = [job for e in equals if (job := storm.world.jobs.get(e)) is not None]
        lost = sum(j.state in {JobState.LOST, JobState.FAILED} and j.saw_succeeded for j in jobs)
        paid = sum(storm.laws.billed[e] for e in equals)
        storm.laws.holds(paid <= 1 + lost, "the same bytes were paid for twice (law 1)", put.key)
    gate = storm.world.gates.get(GATE)
    if gate is not None:
        total = sum(storm.laws.billed.values())
        spent = gate.quota.spent
        storm.laws.holds(spent >= total, "billed, and not counted as spent", spent, total)
        doubtful = any(storm.weather.struck[kind] for kind in DOUBTFUL)
        storm.laws.holds(doubtful or spent <= total, "spent, and never billed", spent, total)


def _events(storm: Storm) -> None:
    ends = Counter(
        e.data["job_id"] for e in storm.world.sink.published if e.type.startswith("maskline.job.")
    )
    for job in storm.world.jobs._rows.values():
        storm.laws.holds(ends[job.id] > 0, "an end was never announced (law 2)", job.id)


def _gate(storm: Storm) -> None:
    gate = storm.world.gates.get(GATE)
    if gate is None:
        return
    storm.laws.holds(gate.slots == (), "slots leaked (law 5)", gate.slots)
    storm.laws.holds(gate.intent is None, "an intent was left open", gate.intent)
    storm.laws.holds(not gate.quota.reserved, "reservations leaked", gate.quota.reserved)
    storm.laws.holds(not gate.outbox, "an account's event was never said", gate.outbox)
    _pins(storm)


def _pins(storm: Storm) -> None:
    """One who pins too late, or dies pinning, may leave a copy to the bucket's lifecycle rule."""
    left = [key for key in storm.world.objects._objects if key.startswith("pins/")]
    few = 2 * len(left) <= len(storm.world.jobs._rows)
    storm.laws.holds(few, "copies left behind", left)
