"""Every upload has exactly one fate: bucket, jobs, gate and results are held against each other.

Reads only, and as a stream: whatever is listed is judged and let go, so that a million objects need
no more room than a thousand. What moves while it is read is looked at once more before anything is
said against it; what may only be under way is `settling`. Jobs come first, then what lies in the
bucket: of each object it is the job of this moment that is asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from shared.domain import lease
from shared.domain.claim import content_claim_id, task_claim_id
from shared.domain.gate import Gate
from shared.domain.job import Job, is_known, job_id_of
from shared.domain.keys import Prefixes, result_folder
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.ports.clock import Clock
from shared.ports.errors import NotFoundError
from shared.ports.objects import ObjectInfo, ObjectStore
from shared.ports.stores import ClaimStore, GateStore
from shared.usecases.audit_gate import AtGate, AuditGate
from shared.usecases.findings import (
    MINUTE,
    Finding,
    judge_copy,
    judge_job,
    judge_pin,
    judge_raw,
    judge_task,
)
from shared.usecases.known_jobs import KnownJobs
from shared.usecases.listing import Spread, batches, every_job, objects_under
from shared.usecases.recall import is_left_over
from shared.usecases.result_sets import MANIFEST, Parse, ResultSets, quoted

EVENT_LIFE: Final = 3600.0
"""How long Function Compute keeps trying to hand an upload to `submit` (template.yml)."""

KEPT: Final = 200
"""Findings of one kind that are kept; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What was found. `wrong` stays so by itself, `settling` may pass, `open_jobs` are under way.

    `counts` says what was looked at: uploads, jobs, results (manifests), files, and jobs by state.
    `unlisted` counts the findings beyond those of a kind that are kept.
    """

    wrong: tuple[Finding, ...]
    settling: tuple[Finding, ...]
    open_jobs: int
    counts: dict[str, int]
    stopped: str | None = None
    unlisted: int = 0

    @property
    def is_clean(self) -> bool:
        """Nothing is wrong and nothing is under way."""
        return not self.wrong and not self.settling and not self.open_jobs


@dataclass(slots=True)
class _Look:
    """One look at everything, while it is being taken."""

    now: float
    at_work: bool
    counts: Counter[str] = field(default_factory=Counter)
    states: Counter[JobState] = field(default_factory=Counter)
    kinds: Counter[tuple[str, bool]] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    at_gate: defaultdict[Stage, AtGate] = field(default_factory=lambda: defaultdict(AtGate))
    open_jobs: int = 0

    def add(self, findings: Iterable[Finding | None]) -> None:
        """Keep them, as far as there is room for their kind."""
        for finding in filter(None, findings):
            self.kinds[finding.kind, finding.settling] += 1
            if self.kinds[finding.kind, finding.settling] <= KEPT:
                self.findings.append(finding)

    def note(self, job: Job) -> None:
        """What the later parts need to know of a job."""
        self.states[job.state] += 1
        self.open_jobs += not job.state.is_final
        self.at_gate[job.stage].note(job)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Bucket ↔ jobs ↔ results ↔ gates. `gate_ids` are the stages' gates; `parse` reads a manifest
    and raises ValueError where it cannot; `spread` may check several result sets at once.
    """

    known: KnownJobs
    gates: GateStore
    claims: ClaimStore
    objects: ObjectStore
    clock: Clock
    gate_ids: Mapping[Stage, str]
    bucket: str
    prefixes: Prefixes
    parse: Parse
    spread: Spread = map

    def __call__(self, *, deep: bool = False) -> AuditReport:
        """One look. *deep* reads every file of every result and checks its SHA-256.

        Raises UnavailableError, ThrottledError, ForbiddenError as the services have it.
        """
        before = {stage: self.gates.get(gate_id) for stage, gate_id in self.gate_ids.items()}
        now = self.clock.now()
        at_work = any(gate and lease.is_fresh(gate, now=now) for gate in before.values())
        look = _Look(now=now, at_work=at_work)
        for batch in batches(every_job(self.known.jobs)):
            self._jobs(batch, look, deep=deep)
        for pairs in batches(self.known.pairs()):
            self._jobs([archived for archived, other in pairs if other is None], look, deep=deep)
            look.add(self._left_over(archived, other) for archived, other in pairs)
        for uploads in batches(self._uploads()):
            look.add(self._without_job(uploads, look))
        look.add(self._results.strays(look.counts))
        for pins in batches(objects_under(self.objects, self.prefixes.pins)):
            look.add(self._pins(pins, look))
        for raws in batches(self._raws()):
            look.add(self._without_owner(raws))
        audit_gate = AuditGate(jobs=self.known, gates=self.gates)
        for stage, gate in before.items():
            look.add(audit_gate(gate, look.at_gate[stage], now))
        return _report(look, [self.gates.get(gate_id) for gate_id in self.gate_ids.values()])

    @property
    def _results(self) -> ResultSets:
        return ResultSets(
            jobs=self.known,
            objects=self.objects,
            bucket=self.bucket,
            prefixes=self.prefixes,
            parse=self.parse,
        )

    # --- jobs and their results ------------------------------------------------------------

    def _jobs(self, jobs: list[Job], look: _Look, *, deep: bool) -> None:
        for job in jobs:
            look.note(job)
            look.add(judge_job(job, now=look.now, at_work=look.at_work))
        tasks = [task_claim_id(job.task.task_id) for job in jobs if job.task is not None]
        claims = {claim.id: claim for claim in self.claims.get_many(tasks)}
        look.add(judge_task(job, claims) for job in jobs)
        for checked in self.spread(partial(self._results.of, deep=deep), jobs):
            look.counts["files"] += checked.files
            look.add(checked.findings)

    def _left_over(self, archived: Job, standing: Job | None) -> Finding | None:
        """Rows that differ, and still do: one that is on its way has another beside it for long."""
        if not is_left_over(archived, standing):
            return None
        if not is_left_over(archived, self.known.jobs.get(archived.id)):
            return None
        return None if self.known.archive.get(archived.id) != archived else judge_copy(archived)

    # --- uploads -------------------------------------------------------------------------

    def _uploads(self) -> Iterator[ObjectInfo]:
        for info in objects_under(self.objects, self.prefixes.uploads):
            if not info.key.endswith("/") and not self.prefixes.is_ours(info.key):
                yield info

    def _id_of(self, info: ObjectInfo) -> str:
        return job_id_of(self.bucket, info.key, info.etag)

    def _without_job(self, uploads: list[ObjectInfo], look: _Look) -> Iterator[Finding]:
        look.counts["uploads"] += len(uploads)
        known = {job.id: job for job in self.known.get_many([self._id_of(i) for i in uploads])}
        # Those that came while the jobs were read have not been seen yet.
        late = [job for job in known.values() if job.created_at > look.now]
        look.open_jobs += sum(not job.state.is_final for job in late)
        for listed in uploads:
            job = known.get(self._id_of(listed))
            info = (
                None if is_known(job, uploaded_at=listed.modified_at) else self._still_there(listed)
            )
            if info is not None and not self._is_known_by_now(info):
                yield self._orphan(info, look)

    def _is_known_by_now(self, info: ObjectInfo) -> bool:
        return is_known(self.known.get(self._id_of(info)), uploaded_at=info.modified_at)

    def _orphan(self, info: ObjectInfo, look: _Look) -> Finding:
        age = look.now - info.modified_at
        manifest = result_folder(self.prefixes.results, info.key, info.etag) + MANIFEST
        fresh = age < MINUTE or (look.open_jobs > 0 and age < EVENT_LIFE)
        return Finding(
            kind="upload_without_job",
            subject=info.key,
            detail=f"uploaded {age:.0f} s ago, and no job knows of it",
            remedy="have uploads without a job looked for, or wait for the daily sweep",
            command="maskline sweep",
            settling=fresh and self._still_there_at(manifest) is None,
        )

    def _still_there(self, listed: ObjectInfo) -> ObjectInfo | None:
        return self._still_there_at(listed.key)

    def _still_there_at(self, key: str) -> ObjectInfo | None:
        try:
            return self.objects.head(key)
        except NotFoundError:
            return None

    # --- pins and raw results ----------------------------------------------------------------

    def _pins(self, pins: list[ObjectInfo], look: _Look) -> Iterator[Finding]:
        ids = {info.key: self._pinned_for(info.key) for info in pins}
        known = {job.id: job for job in self.known.get_many(sorted(set(ids.values())))}
        for info in pins:
            remove = f"ossutil rm {quoted(self.bucket, info.key)}"
            age = look.now - info.modified_at
            found = judge_pin(known.get(ids[info.key]), info.key, age=age, remove=remove)
            if found is not None and self._still_there(info) is not None:
                yield found

    def _pinned_for(self, key: str) -> str:
        return key.removeprefix(self.prefixes.pins).partition("-")[0]

    def _raws(self) -> Iterator[tuple[str, str]]:
        """Content and task of each raw result, in the order of the listing."""
        last = None
        for info in objects_under(self.objects, self.prefixes.raw):
            content, _, rest = info.key.removeprefix(self.prefixes.raw).partition("/")
            pair = content, rest.partition("/")[0]
            if pair != last:
                yield pair
            last = pair

    def _without_owner(self, raws: list[tuple[str, str]]) -> Iterator[Finding]:
        """A raw result stays as long as the job that paid for it, or the one that leads."""
        names = {pair: (content_claim_id(pair[0]), task_claim_id(pair[1])) for pair in raws}
        asked = sorted({name for pair in names.values() for name in pair})
        claims = {claim.id: claim.job_id for claim in self.claims.get_many(asked)}
        there = {job.id for job in self.known.get_many(sorted(set(claims.values())))}
        for content, task in raws:
            owners = {claims.get(name) for name in names[content, task]}
            if not owners & there:
                path = f"{self.prefixes.raw}{content}/{task}/"
                yield judge_raw(path, remove=f"ossutil rm -r {quoted(self.bucket, path)}")


def _report(look: _Look, gates: list[Gate | None]) -> AuditReport:
    states = {str(state): look.states[state] for state in JobState if look.states[state]}
    counted = {name: look.counts[name] for name in ("uploads", "results", "files")}
    counts = {"uploads": counted.pop("uploads"), "jobs": look.states.total(), **counted, **states}
    return AuditReport(
        wrong=tuple(f for f in look.findings if not f.settling),
        settling=tuple(f for f in look.findings if f.settling),
        open_jobs=look.open_jobs,
        counts=counts,
        stopped=next((gate.breaker.code for gate in gates if gate and gate.breaker), None),
        unlisted=look.kinds.total() - len(look.findings),
    )
