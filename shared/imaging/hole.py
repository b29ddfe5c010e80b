"""A picture without some of its people: where they were, and what can stand there instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.composing import enlarged, place_of, windows
from shared.imaging.filling import filled
from shared.imaging.lens import SEEN, Backdrop, shown, step_of, take_backdrop
from shared.imaging.membership import membership
from shared.imaging.scene import Box, Scene

_SIDE: Final = 512
"""The fill has no detail: it is made on a picture so small."""
_ROWS: Final = 32
"""Few enough that they stay in the processor's cache from one channel to the next."""

Bytes = NDArray[np.uint8]


def without_people(scene: Scene, ids: Sequence[int]) -> Bytes:
    """The photo's pixels with the colours around the chosen people in their place."""
    canvas: Bytes = scene.photo.rgb.copy()
    backdrop = _around(scene, ids)
    light = np.moveaxis(backdrop.light.astype(np.float32), 0, 2)
    small = shown(filled(light, (backdrop.seen == SEEN).astype(np.float32)))
    for box, share in _shares(scene, ids, backdrop):
        place = place_of(box)
        region = Image.fromarray(np.ascontiguousarray(canvas[place]))
        region.paste(enlarged(small, box, backdrop.step), mask=share)
        canvas[place] = np.asarray(region)
    return canvas


def cut_away(scene: Scene, ids: Sequence[int]) -> Bytes:
    """The picture as RGBA, transparent where the chosen people were; their colours are gone."""
    canvas = np.empty((scene.height, scene.width, 4), np.uint8)
    canvas[..., 3] = 255
    for box, share in _shares(scene, ids, _around(scene, ids)):
        canvas[..., 3][place_of(box)] = 255 - np.asarray(share)
    for first in range(0, scene.height, _ROWS):
        rows = slice(first, first + _ROWS)
        visible = (canvas[rows, :, 3] > 0).view(np.uint8)
        for channel in range(3):
            np.multiply(scene.photo.rgb[rows, :, channel], visible, out=canvas[rows, :, channel])
    return canvas


def _around(scene: Scene, ids: Sequence[int]) -> Backdrop:
    step = step_of(min(scene.width, scene.height), _SIDE)
    return take_backdrop(scene.photo, membership(scene.label_map, ids), step, 0)


def _shares(
    scene: Scene, ids: Sequence[int], backdrop: Backdrop
) -> Iterator[tuple[Box, Image.Image]]:
    """Window by window how much of each pixel, 0..255, is the hole's.

    All of a person, as cells next to them count as hidden too; the rest fades within a cell.
    """
    hole = np.where(backdrop.seen < SEEN, np.uint8(255), np.uint8(0))
    for box in windows(scene, ids):
        yield box, enlarged(hole, box, backdrop.step)
