"""An erasing's result comes home: the provider's picture, the masks that led to it, the manifest
last, then the event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from shared.domain.erasure import MANIFEST, MODEL, Erasure
from shared.domain.job import Job, Picture
from shared.domain.manifest import Manifest, ManifestFile
from shared.domain.signals import ResultStored, ResultUnusable
from shared.domain.state import JobState
from shared.imaging.errors import PictureError
from shared.imaging.facts import PictureFacts
from shared.imaging.files import JPEG, JSON, PNG
from shared.imaging.probe import probe
from shared.ports.errors import UnavailableError
from shared.ports.objects import ObjectStore
from shared.usecases.deliver import Deliver
from shared.usecases.finalizing import SupersededError, check_lease, holds_lease, unusable
from shared.usecases.journal import Journal
from shared.usecases.perform import Perform
from shared.usecases.save_raw import RESULT_LIMIT, SaveRaw
from shared.usecases.write_results import repair_of, source_of

STAGE: Final = "erase"

_FILES: Final = {"jpeg": ("picture.jpg", JPEG), "png": ("picture.png", PNG)}
_OTHER: Final = ("picture.bin", "application/octet-stream")

Files = tuple[ManifestFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizeErasure:
    """Finalizes one erasing. `encode` turns a manifest into the bytes that are stored."""

    journal: Journal
    save_raw: SaveRaw
    objects: ObjectStore
    encode: Callable[[Manifest], bytes]
    perform: Perform
    deliver: Deliver

    def __call__(self, job: Job, erasure: Erasure) -> Job | None:
        """The job after finalizing; None where another finalizer has it.

        Raises RetryableError where a service was in the way: the same request may come again.
        """
        if job.state is JobState.FINALIZING:
            try:
                job = self._finalized(job, erasure)
            except SupersededError:
                return None
        return self.deliver(self.perform(job)) if job.state.is_final else job

    def _finalized(self, job: Job, erasure: Erasure) -> Job:
        job = self.save_raw(job)
        if job.raw is None or job.picture is None:
            return job
        completed = self._read(job.raw.mask_key, job.raw.mask_sha256)
        try:
            facts = probe(completed)
        except PictureError as error:
            signal = ResultUnusable(unusable(error))
            return self.journal.settle(job, signal, when=partial(holds_lease, job))
        files = self._files(job, erasure, completed, facts)
        manifest = _manifest(job, erasure, job.picture, files, facts, self.journal.clock.now())
        key = f"{erasure.folder}{MANIFEST}"
        check_lease(self.journal, job)
        self.objects.put(key, self.encode(manifest), media_type=JSON)
        stored = ResultStored(key, len(erasure.people))
        return self.journal.settle(job, stored, when=partial(holds_lease, job))

    def _read(self, key: str, sha256: str) -> bytes:
        data = self.objects.read(key, limit=RESULT_LIMIT)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise UnavailableError(f"{key} is not what was stored")
        return data

    def _files(self, job: Job, erasure: Erasure, completed: bytes, facts: PictureFacts) -> Files:
        name, media_type = _FILES.get(facts.format, _OTHER)
        mask = self._read(erasure.mask_key, erasure.mask_sha256)
        keep = self._read(erasure.keep_key, erasure.keep_sha256)
        files = (
            self._stored(job, erasure, name, completed, media_type),
            self._stored(job, erasure, "mask.png", mask, PNG),
            self._stored(job, erasure, "keep.png", keep, PNG),
        )
        for file in files:
            if self.objects.head(file.key).size != file.size:
                raise UnavailableError(f"{file.name} is not in the bucket as it was written")
        return files

    def _stored(
        self, job: Job, erasure: Erasure, name: str, data: bytes, media_type: str
    ) -> ManifestFile:
        check_lease(self.journal, job)
        key = f"{erasure.folder}{name}"
        self.objects.put(key, data, media_type=media_type)
        digest = hashlib.sha256(data).hexdigest()
        return ManifestFile(
            name=name, key=key, size=len(data), sha256=digest, media_type=media_type
        )


def _manifest(  # noqa: PLR0917 -- a manifest is what comes together here
    job: Job,
    erasure: Erasure,
    picture: Picture,
    files: Files,
    facts: PictureFacts,
    now: float,
) -> Manifest:
    return Manifest(
        job_id=job.id,
        attempt=job.attempt,
        version=1,
        created_at=now,
        source=source_of(job, picture),
        repair=repair_of(picture),
        model=MODEL,
        task_id=job.task.task_id if job.task else None,
        content_id=job.content_id or "",
        reused_from=job.reused_from,
        recipes=(erasure.line,),
        people=(),
        files=files,
        extra={
            "stage": STAGE,
            "parent_job_id": erasure.parent_id,
            "erased": list(erasure.people),
            "parameters": dict(erasure.parameters),
            "mask_sha256": erasure.mask_sha256,
            "width": facts.width,
            "height": facts.height,
        },
    )
