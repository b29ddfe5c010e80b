"""How much of each pixel along an outline is the person's, and in which colour: alpha and hue.

A mask cuts through pixels that the lens has mixed from person and background. Within a narrow band
around the outline each pixel I is read as a mixture, I = a F + (1 - a) B. F and B, the colours of
either side, are averaged nearby, where the mask leaves no doubt. The share a is the least-squares
answer, drawn towards the smoothed mask where F and B are too alike, or I fits neither, to tell:

    minimise |I - a F - (1 - a) B|^2 + doubt (a - prior)^2

The person's own colour is then F, corrected by what the mixture left unexplained (M. Forte,
"Approximate Fast Foreground Colour Estimation", ICIP 2021). Only the band is computed, so that the
cost grows with the outline, not with the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.blurring import box_sums, triangle

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
Places = NDArray[np.int32]

_DOUBT: Final = 16.0**2
"""Squared colour distance (of 0..255) at which the photograph and the mask count the same."""
_MISFIT: Final = 2.0
"""How strongly a colour that lies on no mixture of F and B speaks for the mask."""
_TRUST: Final = np.float32(12.0)
"""How many times more the mask counts at the band's ends than on the outline itself."""
_SURE: Final = 16
"""Weight of a sample beyond doubt against one that is only on the right side of the outline."""
_NEARBY: Final = 3
"""Samples in each direction that are averaged to F and B."""
_STEEPNESS: Final = np.float32(2.0)
"""The smoothed mask's own ramp is this many times narrower than the band."""
_FAINT: Final = np.float32(0.06)
"""Alpha below it, and above one less it, is the noise of a plain background or person."""
_ENDS: Final = np.float32(12.0)
"""At one part in so many from either end of the band the photograph may say anything."""
_AT_A_TIME: Final = 8192
"""Pixels solved at once: the scratch stays in the processor's cache."""
_ROWS_AT_A_TIME: Final = 256
"""Searched for the outline at once, for the same reason; a multiple of every reach."""
_HALF: Final = np.float32(0.5)
_PIXEL: Final = np.dtype("V3")
"""Red, green and blue picked up together: half again as fast as one by one."""
_REACHES: Final = ((300, 2), (1000, 4))
"""Picture's shorter side below the first: the second; else the widest."""
_WIDEST: Final = 8
NEEDED: Final = 4
"""A window must reach so many times the reach beyond the person, for samples of the background."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Band:
    """The doubtful pixels: flat indices into the window, rising, and what stands there, (n, 4)."""

    index: Indices
    rgba: Bytes


def reach_of(width: int, height: int) -> int:
    """Pixels on either side of the outline that are in doubt, for a picture of this size.

    Powers of two, which the sums are built of.
    """
    side = min(width, height)
    return next((reach for limit, reach in _REACHES if side < limit), _WIDEST)


def solve_band(rgb: Bytes, mask: Bytes, taken: NDArray[np.bool_], reach: int) -> Band:
    """Alpha and colour along the outline of *mask* (0 or 1) in the window *rgb*.

    *taken* marks the pixels that surely belong to someone else; their alpha is 0. At the border
    of the window the mask counts as going on: a picture's border is no outline.
    """
    index, nearness, grid = _doubtful(mask, taken, reach)
    rgba = np.empty((index.size, 4), np.uint8)
    cells = _cells(rgb, mask, grid, reach)
    pixels = rgb.view(_PIXEL)[..., 0]
    for first in range(0, index.size, _AT_A_TIME):
        part = slice(first, first + _AT_A_TIME)
        row, column = np.divmod(index[part].astype(np.int32), np.int32(mask.shape[1]))
        share = nearness[part].astype(np.float32) / np.float32(reach**4)
        own = pixels[row, column].view(np.uint8).reshape(-1, 3).astype(np.float32).T
        front, back = _two_sides(_between(cells, row, column, reach))
        alpha = _alpha(own, front, back, share)
        np.rint(alpha * 255, out=rgba[part, 3], casting="unsafe")
        shown = rgba[part, 3] > 0
        rgba[part, :3] = np.where(shown, _unmixed(own, front, back, alpha), 0).T
    return Band(index=index, rgba=rgba)


def _doubtful(
    mask: Bytes, taken: NDArray[np.bool_], reach: int
) -> tuple[Indices, NDArray[np.uint16], NDArray[np.uint16]]:
    """Flat indices of the doubtful pixels, how near each is to the person (0..reach ** 4), and
    the same nearness of one pixel in *reach* squared of the whole window.
    """
    height, width = mask.shape
    full = np.uint16(reach**4 - 1)
    padded = np.pad(mask, reach - 1, mode="edge")
    index, nearness, grid = [], [], []
    for first in range(0, height, _ROWS_AT_A_TIME):
        rows = slice(first, first + _ROWS_AT_A_TIME)
        near = triangle(padded[first : rows.stop + 2 * (reach - 1)], reach)
        doubt = (near - np.uint16(1)) < full
        doubt &= ~taken[rows]
        found = np.flatnonzero(doubt)
        index.append(found + first * width)
        nearness.append(near.ravel()[found])
        grid.append(near[::reach, ::reach].copy())
    return np.concatenate(index), np.concatenate(nearness), np.concatenate(grid)


def _unmixed(own: Floats, front: Floats, back: Floats, alpha: Floats) -> Floats:
    """The person's own colour of some pixels; colours are float32 of shape (3, n)."""
    rest = own - back - alpha * (front - back)
    weight = alpha / (alpha * alpha + (1 - alpha) ** 2)
    colour: Floats = np.clip(np.rint(front + weight * rest), 0, 255)
    return colour


def _alpha(own: Floats, front: Floats, back: Floats, share: Floats) -> Floats:
    prior = np.clip((share - _HALF) * _STEEPNESS + _HALF, 0, 1)
    across = front - back
    contrast = np.einsum("ij,ij->j", across, across)
    along = np.einsum("ij,ij->j", own - back, across)
    free = np.clip(along / np.maximum(contrast, 1), 0, 1)
    off = own - back - free * across
    depth = np.square(2 * share - 1)
    doubt = _DOUBT * (1 + _TRUST * depth * depth) + _MISFIT * np.einsum("ij,ij->j", off, off)
    alpha = (free * contrast + doubt * prior) / (contrast + doubt)
    alpha = np.clip((alpha - _FAINT) / (1 - 2 * _FAINT), 0, 1)
    # Close to the band's ends the photograph has no say: no step where the band stops.
    bounded: Floats = np.clip(alpha, 1 - _ENDS * (1 - share), _ENDS * share)
    return bounded


def _cells(rgb: Bytes, mask: Bytes, near: NDArray[np.uint16], reach: int) -> Floats:
    """Sums of the person's and the background's colours on a grid: float32 (8, rows, columns).

    Sampled at one pixel in *reach* squared, where *near* tells the nearness: red, green, blue and
    weight of either side, each over the cells nearby.
    """
    grid = slice(None, None, reach)
    inside = mask[grid, grid]
    front = np.where(near == reach**4, _SURE, inside)
    back = np.where(near == 0, _SURE, 1 - inside)
    samples = np.empty((8, *near.shape), np.int32)
    colours = rgb[grid, grid]
    samples[3], samples[7] = front, back
    for channel in range(3):
        np.multiply(colours[..., channel], front, out=samples[channel], dtype=np.int32)
        np.multiply(colours[..., channel], back, out=samples[4 + channel], dtype=np.int32)
    return box_sums(samples, _NEARBY).astype(np.float32)


def _two_sides(sums: Floats) -> tuple[Floats, Floats]:
    """The person's and the background's colour from the sums at some pixels: float32 (3, n).

    Where one side has no sample anywhere near, both are the other's: nothing can be told then.
    """
    front_weight, back_weight = sums[3], sums[7]
    front = sums[:3] / np.maximum(front_weight, 1)
    back = sums[4:7] / np.maximum(back_weight, 1)
    if front_weight.min() < 1 or back_weight.min() < 1:
        front, back = (
            np.where(front_weight < 1, back, front),
            np.where(back_weight < 1, front, back),
        )
    return front, back


def _between(cells: Floats, row: Places, column: Places, step: int) -> Floats:
    """*cells* of a grid of *step* pixels, interpolated at pixels: float32 of shape (8, n)."""
    count, height, width = cells.shape
    flat = cells.reshape(count, height * width)
    down = (row % step).astype(np.float32) / np.float32(step)
    across = (column % step).astype(np.float32) / np.float32(step)
    upper, left = row // step, column // step
    below = np.minimum(upper + 1, height - 1) * width
    right = np.minimum(left + 1, width - 1)
    upper *= width
    found: Floats = flat.take(upper + left, axis=1) * ((1 - down) * (1 - across))
    found += flat.take(upper + right, axis=1) * ((1 - down) * across)
    found += flat.take(below + left, axis=1) * (down * (1 - across))
    found += flat.take(below + right, axis=1) * (down * across)
    return found
