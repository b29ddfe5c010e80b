"""Result sets held against their jobs: every DONE job's set is whole, every set has its DONE job.

Both are read as they come, a set or a page at a time. A set's folder tells its job by itself
(upload key and eTag); only where the key was too long for that is the manifest asked.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from shared.domain.job import Job, job_id_of
from shared.domain.keys import Prefixes
from shared.domain.manifest import Manifest, ManifestFile
from shared.domain.state import JobState
from shared.ports.errors import NotFoundError, RejectedError
from shared.ports.objects import ObjectStore
from shared.ports.stores import JobReader
from shared.usecases.findings import Finding, damaged
from shared.usecases.listing import OBJECTS, batches, objects_under

MANIFEST: Final = "manifest.json"
MANIFEST_LIMIT: Final = 16 * 1024 * 1024
FILE_LIMIT: Final = 256 * 1024 * 1024

_ETAG: Final = re.compile(r"(?<=/)[0-9A-F]{32}(?:-[0-9]+)?/")
_CUT: Final = re.compile(r"~[0-9a-f]{16}$")

Parse = Callable[[bytes], Manifest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is wrong with one job's set, and how many files it has."""

    findings: tuple[Finding, ...] = ()
    files: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    """One set's folder as the listing shows it; `first` is one of its keys."""

    path: str
    first: str
    whole: bool
    job_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSets:
    """Reads only. `parse` reads a manifest and raises ValueError where it cannot."""

    jobs: JobReader
    objects: ObjectStore
    bucket: str
    prefixes: Prefixes
    parse: Parse

    def of(self, job: Job, *, deep: bool) -> Checked:
        """The set of a DONE job; *deep* reads every file and checks its SHA-256.

        What is found against a job that has moved on meanwhile is not said.
        """
        if job.state is not JobState.DONE or job.manifest_key is None:
            return Checked()
        checked = self._checked(job, job.manifest_key, deep=deep)
        moved = bool(checked.findings) and self.jobs.get(job.id) != job
        return Checked(files=checked.files) if moved else checked

    def strays(self, counts: Counter[str]) -> Iterator[Finding]:
        """Sets that no DONE job points at; *counts* learns how many there are in all."""
        for batch in batches(self._folders()):
            counts["results"] += sum(folder.whole for folder in batch)
            asked = [folder.job_id for folder in batch if folder.job_id is not None]
            known = {job.id: job for job in self.jobs.get_many(asked)}
            for folder in batch:
                found = self._stray(folder, known.get(folder.job_id or ""))
                if found is not None:
                    yield found

    # --- one job's set -------------------------------------------------------------------

    def _checked(self, job: Job, key: str, *, deep: bool) -> Checked:
        try:
            manifest = self._manifest(key)
        except NotFoundError:
            missing = f"job {job.id} is DONE without its manifest"
            return Checked(findings=(damaged("manifest_missing", key, missing, job.id),))
        except (ValueError, RejectedError) as error:
            unreadable = damaged("manifest_unreadable", key, str(error), job.id)
            command = f"ossutil rm {quoted(self.bucket, key)} && {unreadable.command}"
            return Checked(findings=(replace(unreadable, command=command),))
        found = list(self._files(job, manifest, key, deep=deep))
        if manifest.job_id != job.id:
            said = f"it says job {manifest.job_id}, not {job.id}"
            found.append(damaged("manifest_foreign", key, said, job.id))
        return Checked(findings=tuple(found), files=len(manifest.files))

    def _manifest(self, key: str) -> Manifest:
        return self.parse(self.objects.read(key, limit=MANIFEST_LIMIT))

    def _files(self, job: Job, manifest: Manifest, key: str, *, deep: bool) -> Iterator[Finding]:
        listed, _ = self.objects.page(f"{key.rpartition('/')[0]}/", after=None, limit=OBJECTS)
        sizes = {info.key: info.size for info in listed}
        for file in manifest.files:
            size = sizes.get(file.key)
            if size is None:
                size = self._size_of(file.key)
            if size is None:
                yield damaged("file_missing", file.key, "the manifest names it", job.id)
            elif size != file.size:
                said = f"{size} bytes, not {file.size} as written"
                yield damaged("file_size", file.key, said, job.id)
            elif deep and not self._is_intact(file):
                said = "its SHA-256 is not the manifest's"
                yield damaged("file_damaged", file.key, said, job.id)

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

    # --- sets without their job -----------------------------------------------------------

    def _folders(self) -> Iterator[_Folder]:
        listed = objects_under(self.objects, self.prefixes.results)
        for path, group in groupby((info.key for info in listed), key=folder_of):
            keys = list(group)
            whole = f"{path}{MANIFEST}" in keys
            yield _Folder(path=path, first=keys[0], whole=whole, job_id=self._job_id(path))

    def _job_id(self, path: str) -> str | None:
        """The job that the folder's name tells; None where the upload's key was cut."""
        key, _, etag = path.removeprefix(self.prefixes.results)[:-1].rpartition("/")
        return None if _CUT.search(key) else job_id_of(self.bucket, key, etag)

    def _stray(self, folder: _Folder, job: Job | None) -> Finding | None:
        if job is None and folder.whole:
            job = self._owner(folder)
        if job is not None:
            job = self.jobs.get(job.id)
        untold = not folder.whole and (job is not None or folder.job_id is None)
        if untold or (job is not None and job.state is JobState.DONE):
            return None
        if self._size_of(folder.first) is None:
            return None
        whose = "no job" if job is None else f"job {job.id}, which is {job.state}"
        return Finding(
            kind="result_without_job",
            subject=f"{folder.path}{MANIFEST}" if folder.whole else folder.path,
            detail=f"the set belongs to {whose}",
            remedy="delete its folder if nobody needs it",
            command=f"ossutil rm -r {quoted(self.bucket, folder.path)}",
            settling=job is not None and not job.state.is_final,
        )

    def _owner(self, folder: _Folder) -> Job | None:
        """The job that the manifest names, if that job names this manifest."""
        key = f"{folder.path}{MANIFEST}"
        try:
            job = self.jobs.get(self._manifest(key).job_id)
        except (NotFoundError, ValueError, RejectedError):
            return None
        return job if job is not None and job.manifest_key == key else None


def folder_of(key: str) -> str:
    """The folder of the set that a result file belongs to: everything up to the eTag's slash."""
    etags = list(_ETAG.finditer(key))
    return key[: etags[-1].end()] if etags else key[: key.rfind("/") + 1]


def quoted(bucket: str, key: str) -> str:
    """The object's address as a shell takes it."""
    return shlex.quote(f"oss://{bucket}/{key}")
