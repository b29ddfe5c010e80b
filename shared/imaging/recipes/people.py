"""`people`: for each person a mask and a cut-out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from typing import Final

from PIL import Image

from shared.imaging.cutout import Cut, cut_hard, cut_soft, grown, person_mask
from shared.imaging.files import PNG, WEBP, RenderedFile
from shared.imaging.in_order import in_order
from shared.imaging.options.people import PeopleOptions
from shared.imaging.png import encode_placed, encode_rows
from shared.imaging.scene import Person, Scene

_LOSSLESS: Final = 100
_WEBP_LIMIT: Final = 16383
"""WebP's longest side in pixels."""
_QUICK, _USUAL = 0, 2
"""WebP's methods: 0 is fourteen times faster than the default without loss, for an eighth more."""


def render(scene: Scene, options: PeopleOptions) -> Iterator[RenderedFile]:
    """`people/{id}/mask.png` and `people/{id}/cutout.png` (or `.webp`), from left to right.

    While one person's WebP files are handed out, the next one's are made: both cores work.
    """
    works = [partial(_files, scene, person, options) for person in scene.people]
    yield from in_order(works, _workers(scene, options))


def _workers(scene: Scene, options: PeopleOptions) -> int:
    """Two at once for WebP, but not of people as large as half the picture: that would cost memory.

    PNG waits for the memory rather than for the processor, and two at once only cost more of both.
    """
    if options.format != "webp":
        return 1
    largest = max((person.box[2] * person.box[3] for person in scene.people), default=0)
    return 2 if 2 * largest <= scene.width * scene.height else 1


def _files(scene: Scene, person: Person, options: PeopleOptions) -> tuple[RenderedFile, ...]:
    folder = f"people/{person.id}"
    mask = RenderedFile(name=f"{folder}/mask.png", media_type=PNG, data=_mask(scene, person))
    cut = _cutout(scene, person, options)
    webp = options.format == "webp" and max(cut.size) <= _WEBP_LIMIT
    exif = scene.exif.get(options.metadata, b"")
    data = _webp(scene, cut, options.quality, exif) if webp else _png(scene, cut, exif)
    name, media_type = ("cutout.webp", WEBP) if webp else ("cutout.png", PNG)
    return mask, RenderedFile(name=f"{folder}/{name}", media_type=media_type, data=data)


def _mask(scene: Scene, person: Person) -> bytes:
    """Only the person's box is looked at: time grows with people, not with people x picture."""
    x, y, width, height = person.box
    crop = person_mask(scene.label_map[y : y + height, x : x + width], person.id)
    return encode_placed(crop, (x, y), (scene.width, scene.height))


def _cutout(scene: Scene, person: Person, options: PeopleOptions) -> Cut:
    box = grown(person.box, options.margin, scene.width, scene.height)
    if options.refine:
        return cut_soft(scene.photo, scene.label_map, (person.id,), box)
    return cut_hard(scene.photo, scene.label_map, person.id, box)


def _png(scene: Scene, cut: Cut, exif: bytes) -> bytes:
    return encode_rows(cut.rows(), cut.size, 4, icc_profile=scene.photo.icc_profile, exif=exif)


def _webp(scene: Scene, cut: Cut, quality: int, exif: bytes) -> bytes:
    lossless = quality == _LOSSLESS
    target = io.BytesIO()
    Image.fromarray(cut.pixels()).save(
        target,
        "WEBP",
        lossless=lossless,
        quality=0 if lossless else quality,
        method=_QUICK if lossless else _USUAL,
        exact=False,
        icc_profile=scene.photo.icc_profile or b"",
        exif=exif,
    )
    return target.getvalue()
