"""From a photograph and the provider's mask to everything that the `people` recipe yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.cutout import Box, cut_out, person_mask
from shared.imaging.label_map import read_label_map
from shared.imaging.overlay import draw_people
from shared.imaging.photo import Photo, read_photo
from shared.imaging.placing import fit_to_picture, number_shapes, renumber
from shared.imaging.png import encode_png
from shared.imaging.runs import Shape, find_runs, measure

PNG: Final = "image/png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person of a picture; sizes and places in pixels of the upright original.

    `id` counts 1, 2, 3 … from left to right and is the grey value in `mask.png`; `provider_id`
    is the number in the provider's own mask. `box` is (x, y, width, height), `share` the part of
    the picture that the person covers (0..1), `centroid` the mean (x, y) of the pixels, and
    `touches_edge` says that the person may go on outside of the picture.
    """

    id: int
    provider_id: int
    box: Box
    area: int
    share: float
    centroid: tuple[float, float]
    touches_edge: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedFile:
    """One file of the result set; `name` is relative to the set's own folder."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rendering:
    """The upright picture, its label map in our own numbers, and the people in it."""

    photo: Photo
    label_map: NDArray[np.uint8]
    people: tuple[Person, ...]
    shapes: tuple[Shape, ...]

    @property
    def width(self) -> int:
        """Pixels of a row of the upright picture."""
        return self.photo.width

    @property
    def height(self) -> int:
        """Rows of the upright picture."""
        return self.photo.height

    def files(self) -> Iterator[RenderedFile]:
        """The files, one at a time, so that only one is in memory; the cheap ones first."""
        for name, pixels in self._pictures():
            yield RenderedFile(name=name, media_type=PNG, data=self._encoded(pixels()))

    def _encoded(self, pixels: NDArray[np.uint8]) -> bytes:
        """Only what shows the photograph's own colours carries its profile."""
        profile = self.photo.icc_profile if pixels.ndim > 2 else None  # noqa: PLR2004 -- has colour
        return encode_png(pixels, icc_profile=profile)

    def _pictures(self) -> Iterator[tuple[str, Callable[[], NDArray[np.uint8]]]]:
        yield "mask.png", lambda: self.label_map
        yield "vis.png", partial(draw_people, self.photo, self.label_map, self.shapes)
        for person in self.people:
            folder = f"people/{person.id}"
            yield f"{folder}/mask.png", partial(person_mask, self.label_map, person.id)
            cut = partial(cut_out, self.photo, self.label_map, person.id, person.box)
            yield f"{folder}/cutout.png", cut


def render(photo: bytes, mask: bytes) -> Rendering:
    """Place *mask* (the provider's file) on *photo* (the original file) and number the people.

    A mask without anybody is fine: no people, and only `mask.png` and `vis.png`.

    Raises:
        MaskError: the mask is not usable for this photo.
        PictureError: the photo cannot be decoded.
    """
    provider_map = read_label_map(mask)
    picture = read_photo(photo)
    placed = fit_to_picture(provider_map, picture.width, picture.height, picture.orientation)
    found = measure(find_runs(placed))
    mapping = number_shapes(found)
    shapes = _renumbered(found, mapping)
    provider_ids = {new: old for old, new in mapping.items()}
    people = tuple(_person(shape, provider_ids[shape.value], placed.shape) for shape in shapes)
    label_map = renumber(placed, mapping)
    return Rendering(photo=picture, label_map=label_map, people=people, shapes=shapes)


def _renumbered(shapes: Sequence[Shape], mapping: Mapping[int, int]) -> tuple[Shape, ...]:
    ours = (replace(shape, value=mapping[shape.value]) for shape in shapes)
    return tuple(sorted(ours, key=lambda shape: shape.value))


def _person(shape: Shape, provider_id: int, size: tuple[int, ...]) -> Person:
    height, width = size
    x, y, box_width, box_height = shape.box
    inside = x > 0 and y > 0 and x + box_width < width and y + box_height < height
    return Person(
        id=shape.value,
        provider_id=provider_id,
        box=shape.box,
        area=shape.area,
        share=shape.area / (width * height),
        centroid=shape.centroid,
        touches_edge=not inside,
    )
