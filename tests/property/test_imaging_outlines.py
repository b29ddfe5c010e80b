"""Outlines and run lengths hold the mask, whatever its shape."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from shared.imaging.outlines import Loop, joined, trace
from shared.imaging.rle import coco_counts
from shared.imaging.runs import find_runs

shapes = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=16)
masks = arrays(np.bool_, shapes)
label_maps = arrays(np.uint8, shapes, elements=st.integers(0, 4))
Mask = NDArray[np.bool_]


def flipped(mask: Mask, loop: Loop) -> None:
    """Turn over everything below the loop's level stretches: inside remains."""
    for (start, row), (end, _) in zip(loop.points[::2], loop.points[1::2], strict=True):
        mask[row:, min(start, end) : max(start, end)] ^= True


def area(loop: Loop) -> float:
    """Positive where the loop runs clockwise on a picture, whose y grows downwards."""
    x, y = loop.points.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


@given(masks)
def test_outlines_and_holes_rebuild_the_mask(mask: Mask) -> None:
    rebuilt = np.zeros_like(mask)
    for part in trace(mask):
        for loop in (part.outer, *part.holes):
            flipped(rebuilt, loop)

    assert np.array_equal(rebuilt, mask)


@given(masks)
def test_parts_run_clockwise_holes_anticlockwise_and_their_areas_add_up(mask: Mask) -> None:
    parts = trace(mask)

    assert all(area(part.outer) > 0 for part in parts)
    assert all(area(hole) < 0 for part in parts for hole in part.holes)
    total = sum(area(loop) for part in parts for loop in (part.outer, *part.holes))
    assert total == mask.sum()


@given(masks)
def test_a_hole_belongs_to_a_part_around_it(mask: Mask) -> None:
    for part in trace(mask):
        for hole in part.holes:
            assert (hole.points.min(axis=0) > part.outer.points.min(axis=0)).all()
            assert (hole.points.max(axis=0) < part.outer.points.max(axis=0)).all()
            assert area(part.outer) + area(hole) > 0


@given(masks)
def test_each_corner_knows_its_pixel_of_the_mask(mask: Mask) -> None:
    for part in trace(mask, 100, 200):
        for loop in (part.outer, *part.holes):
            x, y = loop.pixels.T - np.array([[100], [200]])
            assert mask[y, x].all()
            assert np.isin(loop.points - loop.pixels, (0, 1)).all()


@given(masks)
def test_a_seam_encloses_nothing(mask: Mask) -> None:
    for part in trace(mask):
        ring = joined([part.outer.points, *(hole.points for hole in part.holes)])
        x, y = ring.T
        twice = (x * np.roll(y, -1) - y * np.roll(x, -1)).sum()
        assert twice == 2 * (area(part.outer) + sum(area(hole) for hole in part.holes))


@given(label_maps)
def test_counts_unroll_to_the_mask_of_each(label_map: NDArray[np.uint8]) -> None:
    found = coco_counts(find_runs(label_map))

    assert set(found) == set(np.unique(label_map).tolist()) - {0}
    for number, counts in found.items():
        flat = np.repeat(np.arange(counts.size) % 2, counts)
        assert np.array_equal(flat, (label_map == number).ravel(order="F"))
        assert (counts[1:] > 0).all()
