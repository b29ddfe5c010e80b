"""Every upload has exactly one fate: bucket, jobs, gate and results are held against each other.

Reads only. What moves while it is read is looked at once more before anything is said against it;
what may only be under way is `settling`. The order matters: uploads before their jobs, jobs before
their results, so that whatever the later side lacks was already missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from shared.domain.gate import Gate
from shared.domain.job import Job, job_id_of
from shared.domain.keys import Prefixes, result_folder
from shared.domain.manifest import Manifest, ManifestFile
from shared.domain.state import JobState
from shared.ports.clock import Clock
from shared.ports.errors import NotFoundError, RejectedError
from shared.ports.objects import ObjectInfo, ObjectStore
from shared.ports.stores import GateStore, JobStore
from shared.usecases.findings import (
    MINUTE,
    Finding,
    judge_gate,
    judge_holder,
    judge_job,
    judge_pin,
    judge_slot,
)

PAGE: Final = 1000
JOB_PAGE: Final = 100
MANIFEST: Final = "manifest.json"
MANIFEST_LIMIT: Final = 16 * 1024 * 1024
FILE_LIMIT: Final = 256 * 1024 * 1024

EVENT_LIFE: Final = 3600.0
"""How long Function Compute keeps trying to hand an upload to `submit` (template.yml)."""

Parse = Callable[[bytes], Manifest]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What was found. `wrong` stays so by itself, `settling` may pass, `open_jobs` are under way.

    `counts` says what was looked at: uploads, jobs, results (manifests), files, and jobs by state.
    """

    wrong: tuple[Finding, ...]
    settling: tuple[Finding, ...]
    open_jobs: int
    counts: dict[str, int]
    stopped: str | None = None

    @property
    def is_clean(self) -> bool:
        """Nothing is wrong and nothing is under way."""
        return not self.wrong and not self.settling and not self.open_jobs


@dataclass(slots=True)
class _Look:
    """One look at everything, while it is being taken."""

    now: float
    jobs: dict[str, Job] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    results: dict[str, int] = field(default_factory=dict)
    uploads: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Bucket ↔ jobs ↔ results. `parse` reads a manifest and raises ValueError where it cannot."""

    jobs: JobStore
    gates: GateStore
    objects: ObjectStore
    clock: Clock
    gate_id: str
    bucket: str
    prefixes: Prefixes
    parse: Parse

    def __call__(self, *, deep: bool = False) -> AuditReport:
        """One look. *deep* reads every file of every result and checks its SHA-256.

        Raises UnavailableError, ThrottledError, ForbiddenError as the services have it.
        """
        look = _Look(now=self.clock.now())
        before = self.gates.get(self.gate_id)
        orphans = list(self._orphans(look))
        look.jobs.update({job.id: job for job in self._all_jobs()})
        look.results.update({info.key: info.size for info in self._objects(self.prefixes.results)})
        look.findings += self._without_job(orphans, look)
        for job in tuple(look.jobs.values()):
            look.findings += self._of_job(job, look, deep=deep)
        look.findings += self._strays(look)
        look.findings += self._pins(look)
        look.findings += self._gate(before, look)
        return _report(look, self.gates.get(self.gate_id))

    # --- uploads -------------------------------------------------------------------------

    def _orphans(self, look: _Look) -> Iterator[ObjectInfo]:
        """Uploads that have no job; the jobs of the others are noted in *look*."""
        for info in self._objects(self.prefixes.uploads):
            if info.key.endswith("/") or self.prefixes.is_ours(info.key):
                continue
            look.uploads += 1
            job = self._job_of(info)
            if job is None:
                yield info
            else:
                look.jobs[job.id] = job

    def _job_of(self, info: ObjectInfo) -> Job | None:
        return self.jobs.get(job_id_of(self.bucket, info.key, info.etag))

    def _without_job(self, orphans: list[ObjectInfo], look: _Look) -> Iterator[Finding]:
        busy = any(not job.state.is_final for job in look.jobs.values())
        for listed in orphans:
            info = self._still_there(listed)
            if info is None or self._job_of(info) is not None:
                continue
            age = look.now - info.modified_at
            told = look.results.get(self._folder(info.key, info.etag) + MANIFEST) is None
            yield Finding(
                kind="upload_without_job",
                subject=info.key,
                detail=f"uploaded {age:.0f} s ago, and no job knows of it",
                remedy="upload it again, or wait for the poller's daily sweep",
                settling=told and (age < MINUTE or (busy and age < EVENT_LIFE)),
            )

    def _still_there(self, listed: ObjectInfo) -> ObjectInfo | None:
        try:
            return self.objects.head(listed.key)
        except NotFoundError:
            return None

    # --- jobs and their results ------------------------------------------------------------

    def _of_job(self, job: Job, look: _Look, *, deep: bool) -> Iterator[Finding]:
        yield from judge_job(job, now=look.now)
        if job.state is JobState.DONE and job.manifest_key is not None:
            yield from self._result(job, job.manifest_key, look, deep=deep)

    def _result(self, job: Job, key: str, look: _Look, *, deep: bool) -> Iterator[Finding]:
        try:
            manifest = self.parse(self.objects.read(key, limit=MANIFEST_LIMIT))
        except NotFoundError:
            yield _damaged("manifest_missing", key, f"job {job.id} is DONE without its manifest")
            return
        except (ValueError, RejectedError) as error:
            yield _damaged("manifest_unreadable", key, str(error))
            return
        if manifest.job_id != job.id:
            yield _damaged("manifest_foreign", key, f"it says job {manifest.job_id}, not {job.id}")
        for file in manifest.files:
            look.files += 1
            yield from self._file(file, look, deep=deep)

    def _file(self, file: ManifestFile, look: _Look, *, deep: bool) -> Iterator[Finding]:
        size = look.results.get(file.key)
        if size is None:
            size = self._size_of(file.key)
        if size is None:
            yield _damaged("file_missing", file.key, "the manifest names it")
        elif size != file.size:
            yield _damaged("file_size", file.key, f"{size} bytes, not {file.size} as written")
        elif deep and not self._is_intact(file):
            yield _damaged("file_damaged", file.key, "its SHA-256 is not the manifest's")

    def _size_of(self, key: str) -> int | None:
        try:
            return self.objects.head(key).size
        except NotFoundError:
            return None

    def _is_intact(self, file: ManifestFile) -> bool:
        try:
            data = self.objects.read(file.key, limit=FILE_LIMIT)
        except NotFoundError:
            return False
        return hashlib.sha256(data).hexdigest() == file.sha256

    def _strays(self, look: _Look) -> Iterator[Finding]:
        """Manifests that no DONE job points at: nobody may take them for results."""
        named = {job.manifest_key for job in look.jobs.values() if job.state is JobState.DONE}
        folders = {self._folder(j.source.key, j.source.etag): j for j in look.jobs.values()}
        for key in look.results:
            if not key.endswith(f"/{MANIFEST}") or key in named:
                continue
            job = folders.get(key.removesuffix(MANIFEST))
            current = None if job is None else self.jobs.get(job.id)
            if current is not None and current.state is JobState.DONE:
                continue
            whose = "no job" if current is None else f"job {current.id}, which is {current.state}"
            yield Finding(
                kind="result_without_job",
                subject=key,
                detail=f"the manifest belongs to {whose}",
                remedy="delete its folder if nobody needs it",
                settling=current is not None and not current.state.is_final,
            )

    def _folder(self, key: str, etag: str) -> str:
        return result_folder(self.prefixes.results, key, etag)

    # --- pins and the gate -------------------------------------------------------------------

    def _pins(self, look: _Look) -> Iterator[Finding]:
        for info in self._objects(self.prefixes.pins):
            job_id = info.key.removeprefix(self.prefixes.pins).partition("-")[0]
            found = judge_pin(info.key, self.jobs.get(job_id), age=look.now - info.modified_at)
            if found is not None and self._still_there(info) is not None:
                yield found

    def _gate(self, before: Gate | None, look: _Look) -> Iterator[Finding]:
        """Rows first, then the gate again: what only the older reading shows has been settled."""
        if before is None:
            return
        moved = {job.id: self.jobs.get(job.id) for job in look.jobs.values() if _moves(job)}
        gate = self.gates.get(self.gate_id) or before
        yield from judge_gate(gate, now=look.now)
        for slot in gate.slots:
            if before.slot_of(slot.job_id, slot.attempt) is None:
                continue
            found = judge_slot(slot, self.jobs.get(slot.job_id), now=look.now)
            if found is not None:
                yield found
        for job in filter(None, moved.values()):
            missing = judge_holder(job, gate, now=look.now)
            if missing is not None and self.jobs.get(job.id) == job:
                yield missing

    # --- reading -------------------------------------------------------------------------------

    def _objects(self, prefix: str) -> Iterator[ObjectInfo]:
        after: str | None = None
        while True:
            found, after = self.objects.page(prefix, after=after, limit=PAGE)
            yield from found
            if after is None:
                return

    def _all_jobs(self) -> Iterator[Job]:
        after: str | None = None
        while True:
            found, after = self.jobs.page(None, after=after, limit=JOB_PAGE)
            yield from found
            if after is None:
                return


def _moves(job: Job) -> bool:
    return not job.state.is_final


def _damaged(kind: str, key: str, detail: str) -> Finding:
    remedy = "upload the picture under another name: equal bytes are not paid for again"
    return Finding(kind=kind, subject=key, detail=detail, remedy=remedy)


def _report(look: _Look, gate: Gate | None) -> AuditReport:
    states = {str(state): 0 for state in JobState}
    for job in look.jobs.values():
        states[str(job.state)] += 1
    counts = {
        "uploads": look.uploads,
        "jobs": len(look.jobs),
        "results": sum(key.endswith(f"/{MANIFEST}") for key in look.results),
        "files": look.files,
        **{state: count for state, count in states.items() if count},
    }
    return AuditReport(
        wrong=tuple(f for f in look.findings if not f.settling),
        settling=tuple(f for f in look.findings if f.settling),
        open_jobs=sum(not job.state.is_final for job in look.jobs.values()),
        counts=counts,
        stopped=gate.breaker.code if gate is not None and gate.breaker is not None else None,
    )
