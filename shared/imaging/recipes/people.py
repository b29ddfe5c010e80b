"""`people`: for each person a mask and a cut-out."""

from __future__ import annotations

from collections.abc import Iterator

from shared.imaging.cutout import cut_out, person_mask
from shared.imaging.files import PNG, RenderedFile
from shared.imaging.options.people import PeopleOptions
from shared.imaging.png import encode_png
from shared.imaging.scene import Scene


def render(scene: Scene, options: PeopleOptions) -> Iterator[RenderedFile]:
    """`people/{id}/mask.png` and `people/{id}/cutout.png`, from left to right."""
    del options
    for person in scene.people:
        folder = f"people/{person.id}"
        mask = encode_png(person_mask(scene.label_map, person.id))
        yield RenderedFile(name=f"{folder}/mask.png", media_type=PNG, data=mask)
        pixels = cut_out(scene.photo, scene.label_map, person.id, person.box)
        data = encode_png(pixels, icc_profile=scene.photo.icc_profile)
        yield RenderedFile(name=f"{folder}/cutout.png", media_type=PNG, data=data)
