"""The pixels along a person's outline that are in doubt, and the colours of either side of it.

A narrow band on either side of the outline, taken in square blocks: whole blocks are looked up and
written several times faster than their pixels one by one, and are reckoned with side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from shared.imaging.blurring import box_sums, triangle
from shared.imaging.membership import membership

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

_SURE: Final = 16
"""Weight of a sample beyond doubt against one that is only on the right side of the outline."""
_NEARBY: Final = 3
"""Samples in each direction that are averaged to the colour of a side."""
_PIXELS_AT_A_TIME: Final = 400_000
"""Searched for the outline at once: the scratch stays in the processor's cache."""
_STEPS: Final = 4
"""A block's side in squares, at most: nearness changes slowly, and is told of so many."""
_REACHES: Final = ((300, 2), (1000, 4))
"""Picture's shorter side below the first: the second; else the widest."""
_WIDEST: Final = 8
NEEDED: Final = 4
"""A window must reach so many times the reach beyond the person, for samples of the background."""


def reach_of(width: int, height: int) -> int:
    """Pixels on either side of the outline that are in doubt, for a picture of this size.

    Powers of two, which the sums are built of.
    """
    side = min(width, height)
    return next((reach for limit, reach in _REACHES if side < limit), _WIDEST)


def _square_of(reach: int) -> int:
    """Pixels of a square's side in a band of this *reach*."""
    return max(1, reach // _STEPS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Band:
    """Blocks of *reach* squared pixels, counted in rows and columns of blocks, by rising row.

    `nearness` tells of each of their squares, and of those next to the block, how much of what is
    around it is the person, 0 to 1: (n, squares + 2, squares + 2). `free` is 0 where somebody
    else stands, else 1: (n, reach ** 2). Of all blocks of the window, (rows, columns), `outside`
    tells which show nothing of the person and are not in doubt, and `sides`, (6, rows, columns),
    the person's and the background's colour near their upper left pixels.
    """

    reach: int
    row: Indices
    column: Indices
    nearness: Floats
    free: Bytes
    outside: NDArray[np.bool_]
    sides: Floats

    def within(self, first: int, last: int) -> slice:
        """Which blocks lie in the pixel rows *first* to *last*, which are borders of blocks."""
        begin, end = np.searchsorted(self.row, (first // self.reach, last // self.reach))
        return slice(int(begin), int(end))

    def share_at(self, part: slice) -> Floats:
        """`nearness`, interpolated at all pixels of some blocks: (reach, reach, blocks)."""
        near = np.ascontiguousarray(self.nearness[part].transpose(1, 2, 0))
        if _square_of(self.reach) == 1:
            return near[1:-1, 1:-1]
        side, _, count = near.shape
        tall = _halves(near.reshape(1, side, side * count))
        wide = _halves(tall.reshape(2 * side - 4, side, count))
        return wide.reshape(self.reach, self.reach, count)

    def sides_at(self, part: slice) -> Floats:
        """`sides`, interpolated at all pixels of some blocks: (6, reach, reach, blocks)."""
        kinds, rows, columns = self.sides.shape
        row, column = self.row[part], self.column[part]
        below, right = np.minimum(row + 1, rows - 1), np.minimum(column + 1, columns - 1)
        flat = self.sides.reshape(kinds, 1, rows * columns)
        step = np.arange(self.reach, dtype=np.float32)[:, np.newaxis] / np.float32(self.reach)
        start = _mixed(flat, row * columns + column, below * columns + column, step)
        end = _mixed(flat, row * columns + right, below * columns + right, step)
        end -= start
        found: Floats = end[:, :, np.newaxis] * step
        found += start[:, :, np.newaxis]
        return found


def _halves(values: Floats) -> Floats:
    """Twice as many along the second axis, (m, n, 2, k) of (m, n + 2, k), each a quarter of the
    way to its own side's neighbour.
    """
    own = values[:, 1:-1] * np.float32(0.75)
    halves = np.empty((len(own), own.shape[1], 2, own.shape[2]), np.float32)
    for half, neighbours in enumerate((values[:, :-2], values[:, 2:])):
        np.multiply(neighbours, np.float32(0.25), out=halves[:, :, half])
        halves[:, :, half] += own
    return halves


def _mixed(flat: Floats, one: Indices, other: Indices, share: Floats) -> Floats:
    start = flat.take(one, axis=2)
    mixed: Floats = (flat.take(other, axis=2) - start) * share
    mixed += start
    return mixed


def find_band(rgb: Bytes, labels: Bytes, numbers: Sequence[int], reach: int) -> Band:
    """The band around the people of *numbers* together, in the window *rgb* with its *labels*.

    At the border of the window what stands there counts as going on: a picture's border is no
    outline.
    """
    height, width = labels.shape
    step = max(1, _PIXELS_AT_A_TIME // width // reach) * reach
    found = [_search(labels, first, step, numbers, reach) for first in range(0, height, step)]
    row, column, near, free, grid = (np.concatenate(parts) for parts in zip(*found, strict=True))
    inside = membership(labels[::reach, ::reach], numbers)
    outside = inside == 0
    outside[row, column] = False
    return Band(
        reach=reach,
        row=row,
        column=column,
        nearness=near,
        free=free,
        outside=outside,
        sides=_sides(rgb[::reach, ::reach], inside, grid),
    )


def no_band(labels: Bytes, numbers: Sequence[int]) -> Band:
    """Nothing is in doubt: the blocks are pixels, and people's or not."""
    nobody = np.empty(0, np.intp)
    nothing = np.empty((0, 0, 0), np.float32)
    return Band(
        reach=1,
        row=nobody,
        column=nobody,
        nearness=nothing,
        free=np.empty((0, 1), np.uint8),
        outside=membership(labels, numbers) == 0,
        sides=nothing,
    )


def in_blocks(values: NDArray, reach: int) -> NDArray:  # type: ignore[type-arg]  # of any type
    """*values* (rows, columns), multiples of *reach*, as a view: (block rows, reach, columns), in
    which a block's row is one item.
    """
    item = np.dtype(f"V{values.itemsize * reach}")
    lines = values.view(item)
    return lines.reshape(len(lines) // reach, reach, -1)


def _search(
    labels: Bytes, first: int, step: int, numbers: Sequence[int], reach: int
) -> tuple[Indices, Indices, Floats, Bytes, Floats]:
    """The band's blocks in *step* rows from *first*: row, column, nearness and what is free; and
    the nearness of the upper left square of every block.
    """
    around = _around(labels, first, step, reach)
    squares = reach // _square_of(reach)
    near = _near(membership(around, numbers), reach)
    row, column = np.nonzero(_doubtful(near, reach))
    others = np.ascontiguousarray(around[reach:-reach, reach:-reach])
    free = membership(in_blocks(others, reach)[row, :, column].view(np.uint8), (0, *numbers))
    rows, columns = (side // reach - 2 for side in around.shape)
    shape = (rows, columns, squares + 2, squares + 2)
    strides = (*(squares * stride for stride in near.strides), *near.strides)
    nearness = as_strided(near, shape, strides)[row, column] / np.float32(_most(reach))
    grid = near[1:-1:squares, 1:-1:squares] / np.float32(_most(reach))
    return row + first // reach, column, nearness, free, grid


def _most(reach: int) -> int:
    """What `_near` tells where all around is the person."""
    square = _square_of(reach)
    return (reach // square) ** 4 * square**2


def _near(member: Bytes, reach: int) -> NDArray[np.uint16]:
    """How much of what is around each square is the person's; one more square on every side.

    *member* has *reach* more pixels on every side.
    """
    square = _square_of(reach)
    if square > 1:
        tall = (member[::2] + member[1::2]).view(np.uint16)
        member = (tall + (tall >> np.uint16(8))).astype(np.uint8)
    return triangle(member, reach // square)


def _doubtful(near: NDArray[np.uint16], reach: int) -> NDArray[np.bool_]:
    """The blocks with a square of which the person has a part, but not all."""
    doubt = (near[1:-1, 1:-1] - np.uint16(1)) < np.uint16(_most(reach) - 1)
    squares = in_blocks(doubt, reach // _square_of(reach))
    lines = squares.view(f"u{squares.itemsize}")
    found: NDArray[np.bool_] = np.bitwise_or.reduce(lines, axis=1) != 0
    return found


def _around(labels: Bytes, first: int, step: int, reach: int) -> Bytes:
    """*step* rows from *first*, made a multiple of *reach* wide and high, with *reach* more on
    every side; beyond the window's border its last row or column goes on.
    """
    height, width = labels.shape
    count = min(step, height - first)
    high, wide = (-(-side // reach) * reach + 2 * reach for side in (count, width))
    around = np.empty((high, wide), np.uint8)
    upper, lower = max(0, first - reach), min(height, first + count + reach)
    begin, end = upper - (first - reach), lower - (first - reach)
    around[begin:end, reach : reach + width] = labels[upper:lower]
    around[begin:end, :reach] = labels[upper:lower, :1]
    around[begin:end, reach + width :] = labels[upper:lower, -1:]
    around[:begin], around[end:] = around[begin], around[end - 1]
    return around


def _sides(rgb: Bytes, inside: Bytes, near: Floats) -> Floats:
    """`Band.sides`, from samples: one pixel of every block, with what is known of them."""
    rows, columns = near.shape
    padded = np.zeros((8, rows + 2 * _NEARBY, columns + 2 * _NEARBY), np.float32)
    samples = padded[:, _NEARBY:-_NEARBY, _NEARBY:-_NEARBY]
    samples[3] = np.where(near == 1, np.uint8(_SURE), inside)
    samples[7] = np.where(near == 0, np.uint8(_SURE), 1 - inside)
    colours = np.moveaxis(rgb, 2, 0).astype(np.float32)
    np.multiply(colours, samples[3], out=samples[:3])
    np.multiply(colours, samples[7], out=samples[4:7])
    for plane, sums in zip(padded, samples, strict=True):
        sums[:] = box_sums(plane, _NEARBY)
    return _two_sides(samples)


def _two_sides(sums: Floats) -> Floats:
    """The colours of sums of red, green, blue and weight of either side.

    Where one side has no sample anywhere near, both are the other's: nothing can be told then.
    """
    colours = np.empty((6, *sums.shape[1:]), np.float32)
    front, back = colours[:3], colours[3:]
    np.divide(sums[:3], np.maximum(sums[3], 1), out=front)
    np.divide(sums[4:7], np.maximum(sums[7], 1), out=back)
    np.copyto(front, back, where=sums[3] < 1)
    np.copyto(back, front, where=sums[7] < 1)
    return colours
