"""One result comes home: raw files first, then every picture, the manifest last, then the event."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from shared.domain.failure import Failure, FailureKind
from shared.domain.job import Job, Picture, RawResult
from shared.domain.keys import Prefixes, result_folder
from shared.domain.manifest import (
    Manifest,
    ManifestFile,
    ManifestPerson,
    ManifestRepair,
    ManifestSource,
)
from shared.domain.reasons import reason
from shared.domain.signals import ResultStored, ResultUnusable
from shared.domain.state import JobState
from shared.imaging.errors import PictureError
from shared.imaging.files import JSON, RenderedFile
from shared.imaging.options.recipe_options import RecipeOptions
from shared.imaging.recipes.catalogue import DEFAULT
from shared.imaging.rendering import Rendering, render
from shared.imaging.scene import Person
from shared.ports.errors import NotFoundError, UnavailableError
from shared.ports.objects import ObjectStore
from shared.usecases.deliver import Deliver
from shared.usecases.journal import Journal
from shared.usecases.perform import Perform
from shared.usecases.save_raw import RESULT_LIMIT, SaveRaw

MANIFEST: Final = "manifest.json"

SOURCE_LIMIT: Final = 40 * 1024 * 1024
"""Pinned copies are smaller: at most 20 MB as uploaded, or a JPEG made from that."""


class SupersededError(Exception):
    """Another finalizer has this job by now; what this one wrote so far is the same bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizeJob:
    """The finalizer function's work. `encode` turns a manifest into the bytes that are stored.

    `recipes` are the options of what is made of each picture, beside its mask and drawing.
    """

    journal: Journal
    save_raw: SaveRaw
    perform: Perform
    deliver: Deliver
    objects: ObjectStore
    prefixes: Prefixes
    encode: Callable[[Manifest], bytes]
    model: str
    recipes: tuple[RecipeOptions, ...] = DEFAULT

    def __call__(self, job_id: str, *, attempt: int, finalize_attempt: int) -> Job | None:
        """The job after finalizing; None where the request is not (or no longer) about anything.

        Raises RetryableError where a service was in the way: the same request may come again.
        """
        job = self.journal.jobs.get(job_id)
        asked = (attempt, finalize_attempt)
        if job is None or (job.attempt, job.finalize_attempt) != asked:
            return None
        if job.state is JobState.FINALIZING:
            try:
                job = self._finalized(job)
            except SupersededError:
                return None
        return self.deliver(self.perform(job)) if job.state.is_final else job

    def _finalized(self, job: Job) -> Job:
        job = self.save_raw(job)
        if job.raw is None or job.picture is None:
            return job
        try:
            rendering = self._rendered(job, job.raw)
        except PictureError as error:
            unusable = ResultUnusable(_unusable(error))
            return self.journal.settle(job, unusable, when=partial(_holds_lease, job))
        folder = result_folder(self.prefixes.results, job.source.key, job.source.etag)
        files = tuple(self._stored(job, folder, file) for file in rendering.files())
        manifest = self._manifest(job, job.picture, rendering, files)
        self._verify(job, files)
        key = f"{folder}{MANIFEST}"
        self.objects.put(key, self.encode(manifest), media_type=JSON)
        stored = ResultStored(key, len(rendering.people))
        return self.journal.settle(job, stored, when=partial(_holds_lease, job))

    def _rendered(self, job: Job, raw: RawResult) -> Rendering:
        mask = self.objects.read(raw.mask_key, limit=RESULT_LIMIT)
        if hashlib.sha256(mask).hexdigest() != raw.mask_sha256:
            raise UnavailableError("the stored raw mask is not what was saved")
        name = job.source.key.rpartition("/")[2]
        return render(self._photo(job), mask, self.recipes, name=name)

    def _photo(self, job: Job) -> bytes:
        """The pinned copy; the upload itself only while it is still the same bytes."""
        try:
            if job.pin is not None:
                return self.objects.read(job.pin.key, limit=SOURCE_LIMIT)
        except NotFoundError:
            pass  # the lifecycle rule behind the pins may have taken it
        info = self.objects.head(job.source.key)
        if info.etag != job.source.etag:
            raise NotFoundError("the pinned copy is gone and the upload was replaced")
        return self.objects.read(job.source.key, limit=SOURCE_LIMIT)

    def _stored(self, job: Job, folder: str, file: RenderedFile) -> ManifestFile:
        self._check_lease(job)
        key = f"{folder}{file.name}"
        self.objects.put(key, file.data, media_type=file.media_type)
        return ManifestFile(
            name=file.name,
            key=key,
            size=len(file.data),
            sha256=hashlib.sha256(file.data).hexdigest(),
            media_type=file.media_type,
        )

    def _check_lease(self, job: Job) -> None:
        found = self.journal.jobs.get(job.id)
        if found is None or not _holds_lease(job, found):
            raise SupersededError(job.id)

    def _verify(self, job: Job, files: tuple[ManifestFile, ...]) -> None:
        """Nothing is announced that is not there: every file's size, and the lease once more."""
        for file in files:
            if self.objects.head(file.key).size != file.size:
                raise UnavailableError(f"{file.name} is not in the bucket as it was written")
        self._check_lease(job)

    def _manifest(
        self, job: Job, picture: Picture, rendering: Rendering, files: tuple[ManifestFile, ...]
    ) -> Manifest:
        return Manifest(
            job_id=job.id,
            attempt=job.attempt,
            version=1,
            created_at=self.journal.clock.now(),
            source=_source(job, picture),
            repair=_repair(picture),
            model=self.model,
            task_id=job.task.task_id if job.task else None,
            content_id=job.content_id or "",
            reused_from=job.reused_from,
            recipes=tuple(options.recipe for options in self.recipes),
            people=tuple(_person(person) for person in rendering.people),
            files=files,
        )


def _holds_lease(job: Job, found: Job) -> bool:
    """Whether *found* still is the finalizing that *job* was read for, whoever else wrote to it."""
    mine = (job.attempt, job.finalize_attempt)
    return found.state is JobState.FINALIZING and (found.attempt, found.finalize_attempt) == mine


def _source(job: Job, picture: Picture) -> ManifestSource:
    return ManifestSource(
        bucket=job.source.bucket,
        key=job.source.key,
        etag=job.source.etag,
        size=job.source.size,
        sha256=picture.sha256,
        format=picture.format,
        width=picture.width,
        height=picture.height,
    )


def _repair(picture: Picture) -> ManifestRepair:
    return ManifestRepair(
        process=picture.process,
        converted=picture.format == "heic",
        sent_width=picture.sent_width,
        sent_height=picture.sent_height,
    )


def _person(person: Person) -> ManifestPerson:
    return ManifestPerson(
        id=person.id,
        provider_id=person.provider_id,
        box=person.box,
        area=person.area,
        share=person.share,
        centroid=person.centroid,
        touches_edge=person.touches_edge,
    )


def _unusable(error: PictureError) -> Failure:
    why = reason(error.code)
    return Failure(
        kind=FailureKind.TERMINAL,
        code=error.code,
        message=f"{why.text_en} {error}",
        message_zh=why.text_zh,
        remedy=why.remedy_en,
        remedy_zh=why.remedy_zh,
    )
