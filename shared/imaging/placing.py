"""Bringing a label map to the picture's own pixels, and people into a stable order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.errors import MaskError
from shared.imaging.facts import FIRST_TURNED
from shared.imaging.runs import Shape, find_runs, measure
from shared.imaging.turning import upright

_SHAPE_TOLERANCE: Final = 0.01
"""How far the two shapes (width to height) may lie apart: rounding of sides, and no more."""


def fit_to_picture(
    label_map: NDArray[np.uint8], width: int, height: int, orientation: int = 1
) -> NDArray[np.uint8]:
    """*label_map* with the upright picture's size; each pixel takes the number of its nearest.

    *orientation* is the picture's EXIF orientation. Where it turns by a quarter and the mask has
    the shape of the picture as stored, the provider saw it unturned, and the mask is turned here.

    Raises:
        MaskError: the mask's shape is not the picture's; code `mask_size`.
    """
    size = (width, height)
    if is_unturned(_size(label_map), size, orientation):
        label_map = np.ascontiguousarray(upright(label_map, orientation))
    mask_width, mask_height = _size(label_map)
    if (mask_width, mask_height) == size:
        return label_map
    if not is_same_shape((mask_width, mask_height), size):
        sizes = f"{mask_width} x {mask_height} px for a picture of {width} x {height} px"
        raise MaskError(f"the mask has {sizes}", code="mask_size")
    rows = _nearest(height, mask_height)
    columns = _nearest(width, mask_width)
    return label_map.take(rows, axis=0).take(columns, axis=1)


def is_unturned(mask: tuple[int, int], picture: tuple[int, int], orientation: int) -> bool:
    """Whether a mask of that size (width, height) is one of the *picture* as it is stored, which
    EXIF *orientation* turns by a quarter.
    """
    return orientation >= FIRST_TURNED and not is_same_shape(mask, picture)


def _size(label_map: NDArray[np.uint8]) -> tuple[int, int]:
    return label_map.shape[1], label_map.shape[0]


def is_same_shape(mask: tuple[int, int], picture: tuple[int, int]) -> bool:
    """Whether the sides (width, height) have one proportion; a size exactly turned never has."""
    if mask == picture:
        return True
    across, down = mask[0] / picture[0], mask[1] / picture[1]
    allowed = max(across, down) * (_SHAPE_TOLERANCE + 1 / min(*mask, *picture))
    return mask != picture[::-1] and abs(across - down) <= allowed


def _nearest(target: int, source: int) -> NDArray[np.int64]:
    """For each of *target* pixels the index of the source pixel that its centre falls on."""
    return (2 * np.arange(target, dtype=np.int64) + 1) * source // (2 * target)


def number_shapes(shapes: Sequence[Shape]) -> Mapping[int, int]:
    """The provider's number of each person to ours: 1, 2, 3 … by centroid, left to right.

    Where two stand exactly above each other the upper one comes first, then the provider's order.
    """
    ordered = sorted(shapes, key=lambda shape: (*shape.centroid, shape.value))
    return {shape.value: place for place, shape in enumerate(ordered, start=1)}


def renumber(label_map: NDArray[np.uint8], mapping: Mapping[int, int]) -> NDArray[np.uint8]:
    """*label_map* with every number replaced by its image; what *mapping* lacks stays."""
    if all(old == new for old, new in mapping.items()):
        return label_map
    table = bytes(mapping.get(value, value) for value in range(256))
    return np.frombuffer(label_map.tobytes().translate(table), np.uint8).reshape(label_map.shape)


def number_people(label_map: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Mapping[int, int]]:
    """The label map in our own numbers, and the mapping from the provider's numbers to them."""
    mapping = number_shapes(measure(find_runs(label_map)))
    return renumber(label_map, mapping), mapping
