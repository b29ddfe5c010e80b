"""From a job's stored raw mask to everything that is to be made of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.job import Job, RawResult
from shared.domain.keys import Prefixes
from shared.domain.recipes import DEFAULT_RECIPES, RecipePlan, RecipeTextError
from shared.imaging.landmarks import (
    LANDMARKS_LIMIT,
    LandmarksError,
    LandmarkSheet,
    read_landmarks,
)
from shared.imaging.options.recipe_options import RecipeOptions
from shared.imaging.rendering import Rendering, render
from shared.ports.errors import NotFoundError, RejectedError, UnavailableError
from shared.ports.objects import ObjectStore
from shared.usecases.save_raw import RESULT_LIMIT
from shared.usecases.source_photo import SOURCE_LIMIT, source_photo


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawResult:
    """Reads mask, photograph and materials. `plan` tells the recipes of an upload that asks for
    none of its own; `read_recipes` makes options of a line (RecipeTextError).
    """

    objects: ObjectStore
    prefixes: Prefixes
    plan: RecipePlan
    read_recipes: Callable[[str], tuple[RecipeOptions, ...]]

    def line_for(self, job: Job) -> str:
        """The recipes that the job's pictures are made by: the upload's own, else the plan's."""
        line = job.recipes or self.plan.line_for(job.source.key)
        try:
            self.read_recipes(line)
        except RecipeTextError:
            return DEFAULT_RECIPES  # another version of the code knew more; the mask was paid for
        return line

    def __call__(self, job: Job, raw: RawResult, line: str) -> Rendering:
        """What the recipes of *line* make of the job; the files are drawn when they are read.

        Raises:
            PictureError: the mask or the photograph is not usable.
            NotFoundError: the photograph is no longer in the bucket, or is another one.
            RecipeTextError: the line cannot be understood.
            RetryableError: a service was in the way.
        """
        recipes = self.read_recipes(line)
        return render(
            self._photo(job),
            self._mask(raw),
            recipes,
            name=job.source.key.rpartition("/")[2],
            materials=self._materials(recipes),
            landmarks=self._landmarks(raw),
        )

    def _mask(self, raw: RawResult) -> bytes:
        mask = self.objects.read(raw.mask_key, limit=RESULT_LIMIT)
        if hashlib.sha256(mask).hexdigest() != raw.mask_sha256:
            raise UnavailableError("the stored raw mask is not what was saved")
        return mask

    def _landmarks(self, raw: RawResult) -> LandmarkSheet | None:
        """Faces, where an engine told them; what cannot be read is as good as not told."""
        if raw.landmarks_key is None:
            return None
        try:
            return read_landmarks(self.objects.read(raw.landmarks_key, limit=LANDMARKS_LIMIT))
        except (LandmarksError, NotFoundError, RejectedError):
            return None

    def _photo(self, job: Job) -> bytes:
        return source_photo(self.objects, job)

    def _materials(self, recipes: Sequence[RecipeOptions]) -> Mapping[str, bytes]:
        """The objects that recipes name, from the one folder that uploaders may choose from; what
        is not there is left out, and the recipe that wants it says so.
        """
        names = {need for options in recipes for need in options.needs}
        found = {name: self._material(name) for name in names}
        return {name: data for name, data in found.items() if data is not None}

    def _material(self, name: str) -> bytes | None:
        try:
            return self.objects.read(f"{self.prefixes.backdrops}{name}", limit=SOURCE_LIMIT)
        except (NotFoundError, RejectedError):
            return None
