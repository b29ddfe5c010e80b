"""A photograph and who is where in it: what every recipe is a function of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from shared.imaging.contacts import find_contacts
from shared.imaging.label_map import read_label_map
from shared.imaging.landmarks import Landmarks, LandmarkSheet
from shared.imaging.photo import Photo, read_photo
from shared.imaging.placing import fit_to_picture, number_shapes, renumber
from shared.imaging.profiles import in_srgb
from shared.imaging.runs import Shape, find_runs, measure

Box = tuple[int, int, int, int]
"""x, y, width, height in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person of a picture; sizes and places in pixels of the upright original.

    `id` counts 1, 2, 3 … from left to right and is the grey value in `mask.png`; `provider_id`
    is the number in the provider's own mask. `box` is (x, y, width, height), `share` the part of
    the picture that the person covers (0..1), `centroid` the mean (x, y) of the pixels, and
    `touches_edge` says that the person may go on outside of the picture. `neighbours` are the ids
    of those whose masks touch this one (who may hide parts of it), and `dominant` marks whoever
    covers most of the picture; of equals the leftmost.
    """

    id: int
    provider_id: int
    box: Box
    area: int
    share: float
    centroid: tuple[float, float]
    touches_edge: bool
    neighbours: tuple[int, ...] = ()
    dominant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """The upright picture, its label map in our own numbers, and the people in it.

    `label_map` is uint8 of shape (height, width): 0 background, n the person of id n. `people`
    and `shapes` are parallel, by rising id. `materials` holds what the recipes' `needs` name: the
    bytes of other objects, by key. `name` is the picture's own file name, for formats that tell it.
    `landmarks` are faces by the person's id, in pixels, where an engine has told them; `exif` are
    blocks of the camera's metadata by what `kept_metadata` may say.
    """

    photo: Photo
    label_map: NDArray[np.uint8]
    people: tuple[Person, ...]
    shapes: tuple[Shape, ...]
    name: str = "photo"
    materials: Mapping[str, bytes] = field(default_factory=dict)
    landmarks: Mapping[int, Landmarks] = field(default_factory=dict)
    exif: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """Pixels of a row of the upright picture."""
        return self.photo.width

    @property
    def height(self) -> int:
        """Rows of the upright picture."""
        return self.photo.height


def read_scene(
    photo: bytes,
    mask: bytes,
    *,
    name: str = "photo",
    materials: Mapping[str, bytes] | None = None,
    keep_profile: bool = False,
    landmarks: LandmarkSheet | None = None,
) -> Scene:
    """Place *mask* (the provider's file) on *photo* (the original file) and number the people.

    A mask without anybody is fine: no people. Colours become sRGB, which every screen shows right,
    unless *keep_profile*; then the numbers stay, and the photo's own profile says what they mean.
    *landmarks* are in the mask's numbers and pixels; those of another mask are not gone by.

    Raises:
        MaskError: the mask is not usable for this photo.
        PictureError: the photo cannot be decoded.
    """
    provider_map = read_label_map(mask)
    picture = read_photo(photo) if keep_profile else in_srgb(read_photo(photo))
    placed = fit_to_picture(provider_map, picture.width, picture.height, picture.orientation)
    runs = find_runs(placed)
    found = measure(runs)
    mapping = number_shapes(found)
    contacts = [(mapping[one], mapping[other]) for one, other in find_contacts(runs)]
    shapes = _renumbered(found, mapping)
    provider_ids = {new: old for old, new in mapping.items()}
    return Scene(
        photo=picture,
        label_map=renumber(placed, mapping),
        people=tuple(
            replace(
                _person(shape, provider_ids[shape.value], placed.shape),
                neighbours=_neighbours(shape.value, contacts),
                dominant=shape is _largest(shapes),
            )
            for shape in shapes
        ),
        shapes=shapes,
        name=name,
        materials=materials or {},
        landmarks=_placed(landmarks, provider_map, picture, mapping),
    )


def _placed(
    sheet: LandmarkSheet | None,
    mask: NDArray[np.uint8],
    picture: Photo,
    mapping: Mapping[int, int],
) -> Mapping[int, Landmarks]:
    if sheet is None or (sheet.height, sheet.width) != mask.shape:
        return {}
    found = sheet.on_picture(picture.width, picture.height, picture.orientation)
    return {mapping[number]: each for number, each in found.items() if number in mapping}


def _renumbered(shapes: Sequence[Shape], mapping: Mapping[int, int]) -> tuple[Shape, ...]:
    ours = (replace(shape, value=mapping[shape.value]) for shape in shapes)
    return tuple(sorted(ours, key=lambda shape: shape.value))


def _largest(shapes: Sequence[Shape]) -> Shape:
    return max(shapes, key=lambda shape: (shape.area, -shape.value))


def _neighbours(number: int, contacts: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    return tuple(sorted(sum(pair) - number for pair in contacts if number in pair))


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
