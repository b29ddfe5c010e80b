"""The laws at the end of the day: the accidents tell which fates are allowed."""

from __future__ import annotations

import hashlib
from collections import Counter

from shared.domain import policy
from shared.domain.endings import OUTCOME_UNPROVEN, RESULT_NOT_OURS
from shared.domain.job import Job
from shared.domain.stage import Stage
from shared.domain.state import JobState
from tests.simulation import crowd
from tests.simulation.provider import job_of
from tests.simulation.storm import GATES, Storm
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
    for stage in Stage:
        _gate(storm, stage)
    _pins(storm)
    _archive(storm)
    crowd.judge_quota(storm)


def _settled(storm: Storm) -> None:
    world = storm.world
    owing = (job for job in world.rows() if not crowd.rests(world, job))
    stuck = {job.id[:6]: str(job.state) for job in owing}
    storm.laws.holds(not stuck, "something never came to its end (law 2)", stuck)
    unknown = [p.key for p in storm.uploading.owed() if storm.world.row(p.job_id) is None]
    storm.laws.holds(not unknown, "an upload was forgotten (law 2)", unknown)
    rows = {job.id for job in storm.world.rows() if job.erasure is None}
    owed = {p.job_id for p in storm.uploading.puts}
    storm.laws.holds(rows <= owed, "a job that nobody uploaded", rows - owed)


def _fate(storm: Storm, put: Put) -> None:
    job = storm.world.row(put.job_id)
    assert job is not None
    equals = {p.job_id for p in storm.uploading.puts if p.data == put.data}
    allowed = bad_codes(storm, put, job, equals)
    code = job.failure.code if job.failure else ""
    holds = storm.laws.holds
    if job.forgotten_at is not None:
        return  # why it ended as it did, nobody is to know
    if job.state is JobState.REJECTED:
        undone = put.undone and code in {"superseded", "deleted"}
        holds(undone or code in allowed, "rejected without cause", put.key, code)
    elif job.state is JobState.FAILED:
        holds(code in allowed, "failed without cause", put.key, code)
    elif job.state is JobState.LOST:
        struck = storm.weather.struck
        excused = struck["task vanishes"] or struck["outage of a day"]
        holds(bool(excused), "a paid result was lost (law 3)", put.key)
    elif job.state is JobState.DONE:
        paid = storm.laws.billed[job.id] > 0 or job.reused_from is not None
        holds(paid, "done, never made", put.key)


def bad_codes(storm: Storm, put: Put, job: Job, equals: set[str]) -> set[str]:
    """The codes that the provider's failures allow the job, about *put*, to end with; *equals* are
    the ids of the jobs that want the same work.
    """
    content = hashlib.sha256(put.data).hexdigest()
    codes = {c for c in storm.provider.codes[content] if c not in NOT_FOR_GOOD}
    codes |= {storm.provider.refused[e] for e in equals if e in storm.provider.refused}
    tries = Counter(job_of(t.url)[0] for t in storm.world.tasks.ledger.values() if t.failure)
    if any(tries[e] > 1 for e in equals):
        codes.add(policy.SLOW_TASK)
    if any(tries[e] > 3 for e in equals):
        codes |= NOT_FOR_GOOD | {FENCED}
    if storm.weather.struck["outage of a day"]:
        codes.add(OUTCOME_UNPROVEN.code)
    if any(storm.laws.forgotten[e] for e in equals):
        codes.add("SameBytesRefused")  # the leader's own words are gone
    known_at = storm.laws.key_known_at.get(GATES[job.stage], float("inf"))
    if storm.weather.struck[STRANGER] or _taken_for_ours_at(job) <= known_at + SKEW:
        codes |= {RESULT_NOT_OURS.code, OUTCOME_UNPROVEN.code}
    return codes


def _taken_for_ours_at(job: Job) -> float:
    """When the job took up its task, or gave up finding it."""
    signals = {"TaskAccepted", "ProofGaveOut"}
    return max((s.at for s in job.history if s.signal in signals), default=job.history[-1].at)


def _money(storm: Storm) -> None:
    """Nobody pays twice for the same bytes, but after a paid result was lost."""
    for put in storm.uploading.puts:
        paid_once(storm, {p.job_id for p in storm.uploading.puts if p.data == put.data}, put.key)
    for stage in Stage:
        _spending(storm, stage)


def paid_once(storm: Storm, equals: set[str], name: str) -> None:
    """Of the jobs that want the same work one was paid for, and others only after a loss."""
    jobs = [job for e in equals if (job := storm.world.row(e)) is not None]
    lost = sum(j.state in {JobState.LOST, JobState.FAILED} and j.saw_succeeded for j in jobs)
    anew = sum(storm.laws.forgotten[e] for e in equals)
    paid = sum(storm.laws.billed[e] for e in equals)
    storm.laws.holds(paid <= 1 + lost + anew, "the same work was paid for twice (law 1)", name)


def _spending(storm: Storm, stage: Stage) -> None:
    """Each stage's gate has counted what was billed to its own jobs."""
    gate = storm.world.gates.get(GATES[stage])
    if gate is not None:
        rows = {job.id: job for job in storm.world.rows()}
        mine = (n for e, n in storm.laws.billed.items() if e in rows and rows[e].stage is stage)
        total = sum(mine)
        spent = gate.quota.spent
        storm.laws.holds(spent >= total, "billed, and not counted as spent", spent, total)
        doubtful = any(storm.weather.struck[kind] for kind in DOUBTFUL)
        storm.laws.holds(doubtful or spent <= total, "spent, and never billed", spent, total)


def _events(storm: Storm) -> None:
    ends = Counter(
        e.data["job_id"] for e in storm.world.sink.published if e.type.startswith("maskline.job.")
    )
    for job in storm.world.rows():
        if crowd.waits_rightly(storm.world, job) or job.forgotten_at is not None:
            continue
        storm.laws.holds(ends[job.id] > 0, "an end was never announced (law 2)", job.id)


def _gate(storm: Storm, stage: Stage) -> None:
    gate = storm.world.gates.get(GATES[stage])
    if gate is None:
        return
    storm.laws.holds(gate.slots == (), "slots leaked (law 5)", gate.slots)
    storm.laws.holds(gate.intent is None, "an intent was left open", gate.intent)
    storm.laws.holds(not gate.quota.reserved, "reservations leaked", gate.quota.reserved)
    storm.laws.holds(not gate.outbox, "an account's event was never said", gate.outbox)


def _pins(storm: Storm) -> None:
    """One who pins too late, or dies pinning, may leave a copy to the bucket's lifecycle rule."""
    left = [key for key in storm.world.objects._objects if key.startswith("pins/")]
    rows = storm.world.rows()
    needed = sum(crowd.waits_rightly(storm.world, job) for job in rows)
    few = 2 * (len(left) - needed) <= len(rows)
    storm.laws.holds(few, "copies left behind", left)


def _archive(storm: Storm) -> None:
    """What is in both tables is on its way, or an older row that nobody goes by."""
    for job_id, archived in storm.world.archive._rows.items():
        standing = storm.world.jobs.get(job_id)
        older = standing is None or standing.version >= archived.version
        storm.laws.holds(older, "the archive knows more of a job than its row (9)", job_id)
