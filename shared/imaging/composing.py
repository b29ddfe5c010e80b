"""The chosen people set upon a picture of the scene's own size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.cutout import cut_out_all
from shared.imaging.profiles import to_srgb
from shared.imaging.scene import Box, Scene

_ROWS: Final = 512
_OUTSIDE: Final = 32
_OUTSIDE_SHARE: Final = 100
"""How far an outline may reach beyond the mask's own box: pixels, and part of the shorter side."""

Bytes = NDArray[np.uint8]


def windows(scene: Scene, ids: Sequence[int]) -> Iterator[Box]:
    """Boxes that cover the chosen people: low, so that little of them is in memory at a time."""
    boxes = [person.box for person in scene.people if person.id in ids]
    margin = max(_OUTSIDE, min(scene.width, scene.height) // _OUTSIDE_SHARE)
    for first in range(0, scene.height, _ROWS):
        last = min(first + _ROWS, scene.height)
        inside = [
            box for box in boxes if box[1] - margin < last and box[1] + box[3] + margin > first
        ]
        if inside:
            left = max(0, min(box[0] for box in inside) - margin)
            right = min(scene.width, max(box[0] + box[2] for box in inside) + margin)
            yield left, first, right - left, last - first


def rows_of(scene: Scene) -> Iterator[Box]:
    """Boxes that cover the whole picture, a few rows each."""
    for first in range(0, scene.height, _ROWS):
        yield 0, first, scene.width, min(_ROWS, scene.height - first)


def place_of(box: Box) -> tuple[slice, slice]:
    """The rows and columns of *box*."""
    x, y, width, height = box
    return slice(y, y + height), slice(x, x + width)


def enlarged(small: Bytes, box: Box, step: float) -> Image.Image:
    """What *small* shows within *box* of the picture, which is *step* times as large."""
    x, y, width, height = box
    within = (x / step, y / step, (x + width) / step, (y + height) / step)
    bilinear = Image.Resampling.BILINEAR
    return Image.fromarray(small).resize((width, height), bilinear, box=within)


def cuts(scene: Scene, ids: Sequence[int]) -> Iterator[tuple[tuple[slice, slice], Bytes]]:
    """The chosen people as RGBA, window by window, each with its place (rows, columns)."""
    for box in windows(scene, ids):
        yield place_of(box), cut_out_all(scene.photo, scene.label_map, ids, box)


def set_upon(canvas: Bytes, scene: Scene, ids: Sequence[int], *, screen: bool = False) -> None:
    """Lay the chosen people on *canvas* (the scene's size, RGB), in place.

    Their colours are converted to sRGB for a *screen*, else kept as the photograph's profile
    means them.
    """
    for place, cut in cuts(scene, ids):
        people = Image.fromarray(cut)
        if screen:
            people = to_srgb(people, scene.photo.icc_profile)
        under = Image.fromarray(np.ascontiguousarray(canvas[place]))
        under.paste(people, mask=people.getchannel("A"))
        canvas[place] = np.asarray(under)
