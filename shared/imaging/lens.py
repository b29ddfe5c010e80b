"""What an open lens makes of a background: every point a disc, added up as light.

The work is done on a reduced picture, as a blur holds no detail, and in whole numbers: running
totals along the rows give the disc's every row by one difference, exactly and without rounding.
Colours are weighed by where the background is seen, so nothing of the people in front of it runs
into it, and no rim is left around them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.photo import Photo

_FINEST: Final = 8
"""Least radius on the reduced picture: a disc of 17 pixels is round enough to be enlarged."""
_FULL: Final = 16_383
"""White as light, in the whole numbers that are summed."""
SEEN: Final = 15
"""The weight of a cell of nothing but background. Sums stay below 2 ** 32, see `_disc_sums`."""
_SHOULDER: Final = 215
"""From this value on a pixel may have been brighter than the camera could tell."""
_AS_BYTES: Final = 4
"""Cells of so many pixels a side are averaged before they become light: a lamp is larger."""
_ROWS: Final = 1024
_LINEAR_BYTES: Final = 0.04045
_LINEAR_LIGHT: Final = 0.0031308
"""Below them sRGB is a straight line."""

Planes = NDArray[np.uint32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Backdrop:
    """The reduced background: `light` (3, rows, columns), 0.., and `seen` (rows, columns), 0..15.

    A cell is `step` x `step` pixels of the picture, less at its right and lower border.
    """

    light: Planes
    seen: Planes
    step: int


def step_of(pixels: float, cells: int = _FINEST) -> int:
    """The greatest power of two that leaves *pixels* at least *cells* cells wide."""
    return 1 << max(0, int(pixels / cells).bit_length() - 1)


def take_backdrop(photo: Photo, people: Bytes, step: int, highlights: float) -> Backdrop:
    """The photograph as light, reduced by *step*; *people* is 1 where the background is hidden."""
    table = _to_light(highlights)
    light, seen = [], []
    for first in range(0, photo.height, _ROWS):
        rows = slice(first, first + _ROWS)
        light.append(_reduced_light(photo.rgb[rows], step, table))
        hidden = Image.fromarray(people[rows] * np.uint8(255)).reduce(step)
        seen.append((255 - np.asarray(hidden)) // np.uint8(255 // SEEN))
    weights = _withdrawn(np.concatenate(seen), photo, step).astype(np.uint32)
    return Backdrop(light=np.concatenate(light, axis=1), seen=weights, step=step)


def _reduced_light(rgb: Bytes, step: int, table: NDArray[np.uint16]) -> Planes:
    """A part of the way as the file has it, which Pillow does fast; the rest as light."""
    first = min(step, _AS_BYTES)
    small = np.asarray(Image.fromarray(rgb).reduce(first)) if first > 1 else rgb
    return np.stack([_mean(table[small[..., channel]], step // first) for channel in range(3)])


def _mean(values: NDArray[np.uint16], step: int) -> Planes:
    """Means of *step* x *step* cells (a power of two); the border's cells go on beyond it."""
    odd = tuple((0, -side % step) for side in values.shape)
    sums = np.pad(values, odd, mode="edge").astype(np.uint32)
    done = 1
    while done < step:
        sums = sums[::2] + sums[1::2]
        sums = sums[:, ::2] + sums[:, 1::2]
        done *= 2
    means: Planes = sums // np.uint32(step * step)
    return means


def _withdrawn(seen: Bytes, photo: Photo, step: int) -> Bytes:
    """*seen*, less the cells next to the people: the lens has mixed some of their colour there."""
    cells = 1 + round(min(photo.width, photo.height) / 500 / step)
    wide = seen.copy()
    for shift in range(1, cells + 1):
        wide[:, shift:] = np.minimum(wide[:, shift:], seen[:, :-shift])
        wide[:, :-shift] = np.minimum(wide[:, :-shift], seen[:, shift:])
    grown: Bytes = wide.copy()
    for shift in range(1, cells + 1):
        grown[shift:] = np.minimum(grown[shift:], wide[:-shift])
        grown[:-shift] = np.minimum(grown[:-shift], wide[shift:])
    return grown


def blur(backdrop: Backdrop, radius: float) -> Bytes:
    """The background seen through a lens whose discs have *radius* cells: (rows, columns, 3).

    Where no background lies within reach, which is deep inside of people, it is black.
    """
    half = max(1, round(radius))
    weight = np.maximum(_disc_sums(backdrop.seen, half), 1)
    table = _from_light()
    blurred = np.empty((*backdrop.seen.shape, 3), np.uint8)
    for channel in range(3):
        total = _disc_sums(backdrop.light[channel] * backdrop.seen, half)
        blurred[..., channel] = table[np.minimum(total // weight, _FULL)]
    return blurred


def _disc_sums(values: Planes, radius: int) -> Planes:
    """Sums over the disc around every cell; beyond the border the border's cells go on.

    Running totals may pass 2 ** 32 and begin anew, since their differences do not: a disc of 16
    cells holds 812, each at most 4 x 16383 x 15, in all less than 2 ** 30.
    """
    height, width = values.shape
    padded = np.pad(values, radius, mode="edge")
    totals = np.zeros((padded.shape[0], padded.shape[1] + 1), np.uint32)
    np.cumsum(padded, axis=1, dtype=np.uint32, out=totals[:, 1:])
    sums = np.zeros_like(values)
    for down, across in _disc(radius):
        left = radius - across
        row = totals[:, left + 2 * across + 1 :][:, :width] - totals[:, left:][:, :width]
        for place in {radius - down, radius + down}:
            sums += row[place : place + height]
    return sums


def _disc(radius: int) -> tuple[tuple[int, int], ...]:
    """For each row of a disc, counted from its middle, how far it reaches to either side."""
    square = radius * radius + radius
    return tuple((down, isqrt(square - down * down)) for down in range(radius + 1))


def shown(light: NDArray[np.float32]) -> Bytes:
    """The bytes that show amounts of *light*, 0..16383; what is brighter is white."""
    pixels: Bytes = _from_light()[np.clip(np.rint(light), 0, _FULL).astype(np.int64)]
    return pixels


@lru_cache(maxsize=4)
def _to_light(highlights: float) -> NDArray[np.uint16]:
    """The bytes of sRGB (IEC 61966-2-1) as light; what is nearly white, up to *highlights* more."""
    value = np.arange(256) / 255
    light = np.where(value <= _LINEAR_BYTES, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    over = np.clip((np.arange(256) - _SHOULDER) / (255 - _SHOULDER), 0, 1) ** 2
    return np.rint(_FULL * light * (1 + highlights * over)).astype(np.uint16)


@lru_cache(maxsize=1)
def _from_light() -> Bytes:
    """The byte that shows each amount of light up to white."""
    light = np.arange(_FULL + 1) / _FULL
    value = np.where(light <= _LINEAR_LIGHT, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    table: Bytes = np.rint(value * 255).astype(np.uint8)
    return table
