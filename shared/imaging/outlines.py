"""Outlines of a mask along the edges of its pixels: exact, with holes, in parts.

A corner is a point between four pixels where the outline turns. Along a row of points corners come
in pairs, left end and right end of a stretch of outline; along a column, upper and lower end.
Following the two kinds of partners by turns walks around each outline. Pixels that touch only by
their tips belong to different parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loop:
    """One closed outline. `points` (n, 2) are its corners, x and y between the pixels (0 is the
    picture's border); `pixels` (n, 2) are the pixels of the mask inside of each corner.

    Outlines of parts run clockwise, those of holes anticlockwise.
    """

    points: Points
    pixels: Points


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """A connected part of a mask, and the holes in it."""

    outer: Loop
    holes: tuple[Loop, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Corners:
    """All corners, row by row; `across` and `along` are the partners in the row and the column."""

    x: Points
    y: Points
    pixel_x: Points
    pixel_y: Points
    is_start: NDArray[np.bool_]
    across: list[int]
    along: list[int]


def trace(mask: NDArray[np.bool_], x: int = 0, y: int = 0) -> tuple[Part, ...]:
    """The parts of *mask*, whose upper left pixel is (*x*, *y*) of the picture, from the top."""
    corners = _corners(mask)
    outer: list[Loop] = []
    holes: list[Loop] = []
    seen = bytearray(corners.x.size)
    for first in range(len(seen)):
        if seen[first]:
            continue
        walk = _walk(corners, first, seen)
        # The first corner of a loop is its upper left: the mask lies inside of a part's, not of a
        # hole's.
        if corners.is_start[first]:
            outer.append(_loop(corners, walk, x, y))
        else:
            holes.append(_loop(corners, walk[::-1], x, y))
    return _grouped(outer, holes)


def _corners(mask: NDArray[np.bool_]) -> _Corners:
    framed = np.pad(mask, 1).view(np.uint8)
    a, b, c, d = framed[:-1, :-1], framed[:-1, 1:], framed[1:, :-1], framed[1:, 1:]
    turns = (a ^ b ^ c ^ d) | ((a ^ b) & (a ^ c))  # an odd number of pixels, or two tip to tip
    index = np.flatnonzero(turns)
    twice = ((a ^ b) & (a ^ c) & ~(a ^ d)).ravel()[index] & 1
    second = np.flatnonzero(np.repeat(twice, 1 + twice))[1::2]
    index = np.repeat(index, 1 + twice)
    y, x = np.divmod(index, turns.shape[1])
    ours = [part[y, x].astype(np.bool_) for part in (a, b, c, d)]
    right, down = ours[1] != ours[3], ours[2] != ours[3]  # where the outline goes on from here
    tips = np.repeat(twice, 1 + twice).astype(bool)
    right[tips] = False
    right[second] = True  # the left stretch ends in the first of the two, the right one starts
    down[tips] = right[tips] == ours[0][tips]
    inner_right = np.where(down, ours[3], ours[1])
    inner_below = np.where(right, ours[3], ours[2])
    order = np.lexsort((down, y, x))
    return _Corners(
        x=x,
        y=y,
        pixel_x=x - ~inner_right,
        pixel_y=y - ~inner_below,
        is_start=ours[3],
        across=_partners(np.arange(x.size)),
        along=_partners(order),
    )


def _partners(order: Points) -> list[int]:
    """Of places in *order*, first and second belong together, third and fourth, and so on."""
    partner = np.empty(order.size, np.int64)
    partner[order[::2]], partner[order[1::2]] = order[1::2], order[::2]
    places: list[int] = partner.tolist()
    return places


def _walk(corners: _Corners, first: int, seen: bytearray) -> list[int]:
    walk: list[int] = []
    here = first
    while not seen[here]:
        there = corners.across[here]
        seen[here] = seen[there] = 1
        walk += (here, there)
        here = corners.along[there]
    return walk


def _loop(corners: _Corners, walk: list[int], x: int, y: int) -> Loop:
    points = np.stack([corners.x[walk] + x, corners.y[walk] + y], axis=1)
    pixels = np.stack([corners.pixel_x[walk] + x, corners.pixel_y[walk] + y], axis=1)
    return Loop(points=points, pixels=pixels)


def _grouped(outer: Sequence[Loop], holes: Sequence[Loop]) -> tuple[Part, ...]:
    owned: dict[int, list[Loop]] = {place: [] for place in range(len(outer))}
    for hole in holes:
        owned[_owner(outer, hole)].append(hole)
    return tuple(Part(outer=loop, holes=tuple(owned[place])) for place, loop in enumerate(outer))


def _owner(outer: Sequence[Loop], hole: Loop) -> int:
    """The smallest part around the hole."""
    around = [place for place, loop in enumerate(outer) if len(outer) == 1 or _holds(loop, hole)]
    return min(around, key=lambda place: int(np.prod(np.ptp(outer[place].points, axis=0))))


def _holds(loop: Loop, hole: Loop) -> bool:
    """Whether an odd number of the loop's level stretches lies above the hole's top corner."""
    corner = hole.points[np.lexsort((hole.points[:, 0], hole.points[:, 1]))[0]]
    start, end = loop.points[0::2], loop.points[1::2]
    left = np.minimum(start[:, 0], end[:, 0])
    right = np.maximum(start[:, 0], end[:, 0])
    above = (left <= corner[0]) & (corner[0] < right) & (start[:, 1] <= corner[1])
    return bool(above.sum() % 2)


def joined(rings: Sequence[Points]) -> Points:
    """*rings* as one ring, for formats that know nothing else.

    Each is reached from the one before along a seam of no width, which is walked there and back.
    """
    whole = rings[0]
    for ring in rings[1:]:
        there = _nearest(ring, whole.mean(axis=0))
        here = _nearest(whole, ring[there])
        there = _nearest(ring, whole[here])
        around = np.concatenate([ring[there:], ring[: there + 1]])
        whole = np.concatenate([whole[: here + 1], around, whole[here:]])
    return whole


def _nearest(points: Points, to: NDArray[np.int64] | NDArray[np.float64]) -> int:
    return int(np.abs(points - to).sum(axis=1).argmin())
