"""Bringing a label map to the picture's own pixels, and people into a stable order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.errors import MaskError
from shared.imaging.runs import Shape, find_runs, measure

_SHAPE_TOLERANCE: Final = 0.01
"""How far the two shapes (width to height) may lie apart: rounding of sides, and no more."""


def fit_to_picture(label_map: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """*label_map* with the picture's size; every pixel takes the number of its nearest one.

    Raises:
        MaskError: the mask's shape is not the picture's, or it is turned by a quarter; code
            `mask_size`.
    """
    mask_height, mask_width = label_map.shape
    if (mask_width, mask_height) == (width, height):
        return label_map
    _refuse_other_shape((mask_width, mask_height), (width, height))
    rows = _nearest(height, mask_height)
    columns = _nearest(width, mask_width)
    return label_map.take(rows, axis=0).take(columns, axis=1)


def _refuse_other_shape(mask: tuple[int, int], picture: tuple[int, int]) -> None:
    turned = mask == picture[::-1]
    across, down = mask[0] / picture[0], mask[1] / picture[1]
    one_pixel = 1 / min(*mask, *picture)
    if turned or abs(across - down) > max(across, down) * (_SHAPE_TOLERANCE + one_pixel):
        sizes = f"{mask[0]} x {mask[1]} px for a picture of {picture[0]} x {picture[1]} px"
        raise MaskError(f"the mask has {sizes}", code="mask_size")


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
