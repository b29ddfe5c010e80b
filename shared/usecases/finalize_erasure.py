"""An erasing's result comes home: the photograph with the provider's fill in it, the provider's own
picture, the masks that led to it, the manifest last, then the event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.domain.erasure import MANIFEST, Erasure
from shared.domain.job import Job, Picture
from shared.domain.manifest import Manifest, ManifestFile
from shared.domain.signals import ResultStored, ResultUnusable
from shared.domain.state import JobState
from shared.imaging.erased import bring_back
from shared.imaging.errors import PictureError
from shared.imaging.facts import PictureFacts
from shared.imaging.files import JPEG, JSON, PNG
from shared.imaging.png import encode_png
from shared.imaging.probe import probe
from shared.ports.errors import RetryableError, UnavailableError
from shared.ports.objects import ObjectStore
from shared.usecases.deliver import Deliver
from shared.usecases.finalizing import SupersededError, check_lease, holds_lease, unusable
from shared.usecases.journal import Journal
from shared.usecases.perform import Perform
from shared.usecases.save_raw import RESULT_LIMIT, SaveRaw
from shared.usecases.source_photo import source_photo
from shared.usecases.write_results import repair_of, source_of

STAGE: Final = "erase"

_KINDS: Final = {"jpeg": ("jpg", JPEG), "png": ("png", PNG)}
_OTHER: Final = ("bin", "application/octet-stream")

Files = tuple[ManifestFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Made:
    """The provider's picture with its facts, both masks, and the photograph with the fill in it.

    `restored` (RGB) is None where only the provider's picture can be had: the photograph is gone,
    or of another shape, or a watermark was asked for.
    """

    completed: bytes
    facts: PictureFacts
    mask: bytes
    keep: bytes
    restored: NDArray[np.uint8] | None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of `picture.*`."""
        if self.restored is None:
            return self.facts.width, self.facts.height
        return self.restored.shape[1], self.restored.shape[0]

    def files(self) -> Iterator[tuple[str, bytes, str]]:
        """Name, bytes and media type; `picture` is the one to be shown."""
        ending, media_type = _KINDS.get(self.facts.format, _OTHER)
        if self.restored is None:
            yield f"picture.{ending}", self.completed, media_type
        else:
            yield "picture.png", encode_png(self.restored), PNG
            yield f"provider.{ending}", self.completed, media_type
        yield "mask.png", self.mask, PNG
        yield "keep.png", self.keep, PNG


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizeErasure:
    """Finalizes one erasing. `encode` turns a manifest into the bytes that are stored; `model` is
    the provider's that erases.
    """

    journal: Journal
    save_raw: SaveRaw
    objects: ObjectStore
    encode: Callable[[Manifest], bytes]
    perform: Perform
    deliver: Deliver
    model: str

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
        made = self._made(job, erasure, completed, facts)
        files = self._files(job, erasure, made)
        manifest = self._manifest(job, erasure, job.picture, files, made)
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

    def _made(self, job: Job, erasure: Erasure, completed: bytes, facts: PictureFacts) -> _Made:
        mask = self._read(erasure.mask_key, erasure.mask_sha256)
        keep = self._read(erasure.keep_key, erasure.keep_sha256)
        restored = None
        if not erasure.add_watermark:  # it stands outside of the mask, and must stay readable
            restored = self._restored(job, completed, mask, keep)
        return _Made(completed=completed, facts=facts, mask=mask, keep=keep, restored=restored)

    def _restored(
        self, job: Job, completed: bytes, mask: bytes, keep: bytes
    ) -> NDArray[np.uint8] | None:
        try:
            photo = source_photo(self.objects, job)
            return bring_back(photo, completed, mask=mask, keep=keep)
        except RetryableError:
            raise
        except Exception:  # noqa: BLE001 -- whatever it stumbles over, the picture was paid for
            return None

    def _files(self, job: Job, erasure: Erasure, made: _Made) -> Files:
        files = tuple(self._stored(job, erasure, *file) for file in made.files())
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

    def _manifest(
        self, job: Job, erasure: Erasure, picture: Picture, files: Files, made: _Made
    ) -> Manifest:
        return Manifest(
            job_id=job.id,
            attempt=job.attempt,
            version=1,
            created_at=self.journal.clock.now(),
            source=source_of(job, picture),
            repair=repair_of(picture),
            model=self.model,
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
                "width": made.size[0],
                "height": made.size[1],
                "restored": made.restored is not None,
            },
        )
