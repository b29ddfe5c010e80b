"""The erasings that a set's recipes ask for, with the masks that they need stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields

from shared.domain.erasure import Erasure
from shared.domain.job import Job, Picture, RawResult
from shared.domain.keys import Prefixes, result_folder
from shared.domain.recipes import RecipeRequest
from shared.imaging.files import PNG
from shared.imaging.options.erase import EraseOptions
from shared.imaging.options.recipe_options import RecipeOptions
from shared.imaging.recipes.erase import inputs
from shared.imaging.rendering import Rendering
from shared.ports.objects import ObjectStore


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanErasures:
    """Plans. Nothing is paid here, and repeating it changes nothing."""

    objects: ObjectStore
    prefixes: Prefixes
    read_recipes: Callable[[str], tuple[RecipeOptions, ...]]

    def __call__(
        self, job: Job, rendering: Rendering, line: str, *, version: int = 1
    ) -> tuple[Erasure, ...]:
        """What is to be erased of the job's photograph; nothing where nobody is chosen.

        *version* is the set's, whose folder the erasing's result will lie in. Raises
        RetryableError, RecipeTextError.
        """
        raw, picture = job.raw, job.picture
        if raw is None or picture is None:
            return ()
        folder = result_folder(self.prefixes.results, job.source.key, job.source.etag)
        place = f"{folder}erase/" if version == 1 else f"{folder}v{version}/erase/"
        asked = [o for o in self.read_recipes(line) if isinstance(o, EraseOptions)]
        planned = [self._planned(job, raw, picture, rendering, o, place) for o in asked]
        return tuple(erasure for erasure in planned if erasure is not None)

    def _planned(  # noqa: PLR0917 -- an erasing is what comes together here
        self,
        parent: Job,
        raw: RawResult,
        picture: Picture,
        rendering: Rendering,
        options: EraseOptions,
        folder: str,
    ) -> Erasure | None:
        made = inputs(rendering.scene, options, picture.sent_width, picture.sent_height)
        if made is None:
            return None
        mask_key, mask_sha256 = self._stored(raw, made.mask)
        keep_key, keep_sha256 = self._stored(raw, made.keep)
        return Erasure(
            parent_id=parent.id,
            parent_attempt=parent.attempt,
            line=in_full(options),
            people=made.people,
            mask_key=mask_key,
            mask_sha256=mask_sha256,
            keep_key=keep_key,
            keep_sha256=keep_sha256,
            folder=folder,
            dilate_flag=options.dilate_flag,
            fast_mode=options.fast_mode,
            add_watermark=options.add_watermark,
        )

    def _stored(self, raw: RawResult, mask: bytes) -> tuple[str, str]:
        """Beside the raw mask, whose key is short and ASCII, under a name that is its own hash."""
        digest = hashlib.sha256(mask).hexdigest()
        key = f"{raw.mask_key.rpartition('/')[0]}/erase-{digest[:32]}.png"
        self.objects.put(key, mask, media_type=PNG)
        return key, digest


def in_full(options: EraseOptions) -> str:
    """The recipe with every option, so that two ways of asking for the same are one."""
    values = ((field.name, getattr(options, field.name)) for field in fields(options))
    return str(RecipeRequest(name=options.recipe, options=tuple((k, _text(v)) for k, v in values)))


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "+".join(str(one) for one in sorted(set(value)))
    return str(value).lower()
