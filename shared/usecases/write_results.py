"""A result set goes to the bucket: every file, each looked at again, and the manifest last."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from shared.domain.job import Job, Picture
from shared.domain.keys import Prefixes, result_folder
from shared.domain.manifest import (
    Manifest,
    ManifestFile,
    ManifestPerson,
    ManifestProblem,
    ManifestRepair,
    ManifestSource,
)
from shared.domain.recipes import parse_recipes
from shared.imaging.files import JSON, RenderedFile
from shared.imaging.rendering import Rendering
from shared.imaging.scene import Person
from shared.ports.clock import Clock
from shared.ports.errors import UnavailableError
from shared.ports.objects import ObjectStore
from shared.usecases.recipe_problems import problem_of

MANIFEST: Final = "manifest.json"

ALWAYS: Final = frozenset({"vis"})
"""What every set has: where it cannot be drawn, there is no set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenResults:
    """Where the set's manifest lies, and how many people it shows."""

    manifest_key: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResults:
    """Writes result sets. `encode` turns a manifest into the bytes that are stored."""

    objects: ObjectStore
    prefixes: Prefixes
    clock: Clock
    encode: Callable[[Manifest], bytes]
    model: str

    def __call__(
        self,
        job: Job,
        rendering: Rendering,
        *,
        recipes: str,
        check: Callable[[], None],
        version: int = 1,
    ) -> WrittenResults:
        """Store what *rendering* draws; *recipes* is the line that it comes from.

        *check* is called before each write and raises where somebody else has the job by now.
        Sets after the first lie in `v{version}/`; the root's manifest always names the newest.

        Raises RetryableError, PictureError, and what *check* raises.
        """
        folder = result_folder(self.prefixes.results, job.source.key, job.source.etag)
        place = folder if version == 1 else f"{folder}v{version}/"
        files, problems = self._files(rendering, place, check)
        self._verify(files, check)
        manifest = self._manifest(job, rendering, files, problems, recipes, version)
        key = f"{folder}{MANIFEST}"
        data = self.encode(manifest)
        if version > 1:
            self.objects.put(f"{place}{MANIFEST}", data, media_type=JSON)
            check()
        self.objects.put(key, data, media_type=JSON)
        return WrittenResults(manifest_key=key, people=len(rendering.people))

    def _files(
        self, rendering: Rendering, place: str, check: Callable[[], None]
    ) -> tuple[tuple[ManifestFile, ...], tuple[ManifestProblem, ...]]:
        files = [self._stored(rendering.mask(), place, check)]
        problems: list[ManifestProblem] = []
        for recipe, drawn in rendering.parts():
            stored = self._recipe(recipe, drawn, place, check)
            if isinstance(stored, ManifestProblem):
                problems.append(stored)
            else:
                files += stored
        return tuple(files), tuple(problems)

    def _recipe(
        self, recipe: str, drawn: Iterator[RenderedFile], place: str, check: Callable[[], None]
    ) -> list[ManifestFile] | ManifestProblem:
        """The recipe's files, all of them or none: one that fails takes no other along."""
        stored: list[ManifestFile] = []
        while True:
            try:
                file = next(drawn, None)
            except Exception as error:  # whatever a recipe stumbles over, the mask was paid for
                if recipe in ALWAYS:
                    raise
                return problem_of(recipe, error)
            if file is None:
                return stored
            stored.append(self._stored(file, place, check))

    def _stored(self, file: RenderedFile, place: str, check: Callable[[], None]) -> ManifestFile:
        check()
        key = f"{place}{file.name}"
        self.objects.put(key, file.data, media_type=file.media_type)
        return ManifestFile(
            name=file.name,
            key=key,
            size=len(file.data),
            sha256=hashlib.sha256(file.data).hexdigest(),
            media_type=file.media_type,
        )

    def _verify(self, files: tuple[ManifestFile, ...], check: Callable[[], None]) -> None:
        """Nothing is announced that is not there: every file's size, and *check* once more."""
        for file in files:
            if self.objects.head(file.key).size != file.size:
                raise UnavailableError(f"{file.name} is not in the bucket as it was written")
        check()

    def _manifest(  # noqa: PLR0917 -- a manifest is what comes together here
        self,
        job: Job,
        rendering: Rendering,
        files: tuple[ManifestFile, ...],
        problems: tuple[ManifestProblem, ...],
        recipes: str,
        version: int,
    ) -> Manifest:
        picture = job.picture
        if picture is None:
            raise ValueError(f"job {job.id} has a result without a picture")
        return Manifest(
            job_id=job.id,
            attempt=job.attempt,
            version=version,
            created_at=self.clock.now(),
            source=source_of(job, picture),
            repair=repair_of(picture),
            model=self.model,
            task_id=job.task.task_id if job.task else None,
            content_id=job.content_id or "",
            reused_from=job.reused_from,
            recipes=tuple(str(request) for request in parse_recipes(recipes)),
            people=tuple(_person(person) for person in rendering.people),
            files=files,
            problems=problems,
        )


def source_of(job: Job, picture: Picture) -> ManifestSource:
    """The upload, as manifests tell of it."""
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


def repair_of(picture: Picture) -> ManifestRepair:
    """What the provider saw of it."""
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
        neighbours=person.neighbours,
        dominant=person.dominant,
    )
