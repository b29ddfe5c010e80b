"""From one probability patch per candidate to a label map without overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from scripts.engine.arrays import Bits, LabelMap
from scripts.engine.refinement import Patch

MOST_PEOPLE = 255
SMALLEST = 30
SMALLEST_SHARE = 2e-5
SMALLEST_MASK = 20
SAME_PERSON = 0.55
SWALLOWED = 0.8
LEAST_VISIBLE = 0.35
CRUMB = 0.03
PINHOLE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person who may be there: the patch, and the detector's score."""

    patch: Patch
    score: float

    def confidence(self) -> float:
        """The score, weighed with how decided the mask is; 0 for next to no mask."""
        bits = self.patch.bits()
        if bits.sum() <= SMALLEST_MASK:
            return 0.0
        return self.score * float(self.patch.plane[bits].mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One person's pixels in the label map, before numbering."""

    candidate: int
    confidence: float
    bits: Bits


def compose(
    candidates: Sequence[Candidate], shape: tuple[int, int], least: float
) -> tuple[LabelMap, list[Region]]:
    """Decide who stays and who owns which pixel.

    Args:
        candidates: the patches, in any order.
        shape: height and width of the picture.
        least: candidates with a lower confidence are dropped.

    Returns:
        The label map [h, w] numbered from left to right by the centroid, and the people in order.
    """
    confidences = [candidate.confidence() for candidate in candidates]
    kept = _without_duplicates(candidates, confidences, least)
    owners = _owners(candidates, kept, shape)
    regions = [
        Region(candidate=index, confidence=confidences[index], bits=bits)
        for index in kept
        if (bits := _own_pixels(owners, index, candidates[index])) is not None
    ]
    return numbered(regions[:MOST_PEOPLE], shape)


def numbered(regions: list[Region], shape: tuple[int, int]) -> tuple[LabelMap, list[Region]]:
    """Lay regions that do not overlap into a label map, numbered by centroid from the left."""
    regions = sorted(regions, key=lambda region: _center(region.bits))
    labels = np.zeros(shape, np.uint8)
    for number, region in enumerate(regions, start=1):
        labels[region.bits] = number
    return labels, regions


def _without_duplicates(
    candidates: Sequence[Candidate], confidences: Sequence[float], least: float
) -> list[int]:
    """Indices by falling confidence, without masks that repeat or lie within a better one."""
    kept: list[int] = []
    for candidate in np.argsort(-np.array(confidences), kind="stable"):
        index = int(candidate)
        if confidences[index] < max(least, 1e-6):
            break
        patch = candidates[index].patch
        if not any(_repeats(patch, candidates[other].patch) for other in kept):
            kept.append(index)
    return kept


def _repeats(patch: Patch, better: Patch) -> bool:
    """Whether the patch shows the person whom a better patch shows already."""
    left, top = max(patch.x, better.x), max(patch.y, better.y)
    right = min(patch.x + patch.plane.shape[1], better.x + better.plane.shape[1])
    bottom = min(patch.y + patch.plane.shape[0], better.y + better.plane.shape[0])
    if left >= right or top >= bottom:
        return False
    mine, others = (
        one.bits()[top - one.y : bottom - one.y, left - one.x : right - one.x]
        for one in (patch, better)
    )
    shared = int((mine & others).sum())
    own, other = int(patch.bits().sum()), int(better.bits().sum())
    return shared > SAME_PERSON * (own + other - shared) or shared > SWALLOWED * own


def _owners(
    candidates: Sequence[Candidate], kept: Sequence[int], shape: tuple[int, int]
) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """Per pixel the index of the likeliest person, -1 for background: [h, w]."""
    best = np.full(shape, 0.5, np.float32)
    owners = np.full(shape, -1, np.int32)
    for index in kept:
        patch = candidates[index].patch
        window = patch.window()
        wins = patch.plane > best[window]
        owners[window][wins] = index
        best[window][wins] = patch.plane[wins]
    return owners


def _own_pixels(
    owners: np.ndarray[tuple[int, int], np.dtype[np.int32]], index: int, candidate: Candidate
) -> Bits | None:
    """The pixels left to one person, without crumbs; None where too little is left.

    A person owns nothing beyond the own patch, so only that is looked at; the border of one pixel
    lets holes that open at the patch's edge be told from enclosed ones.
    """
    window = candidate.patch.window()
    own = np.pad(owners[window], 1, constant_values=-1)
    mine = own == index
    area = int(np.count_nonzero(mine))
    if area < LEAST_VISIBLE * int(np.count_nonzero(candidate.patch.bits())):
        return None
    if area < max(SMALLEST, SMALLEST_SHARE * owners.size):
        return None
    bits = np.zeros(owners.shape, np.bool_)
    bits[window] = without_pinholes(without_crumbs(mine), np.asarray(own < 0))[1:-1, 1:-1]
    return bits


def without_crumbs(bits: Bits) -> Bits:
    """Drop connected parts smaller than a small share of the largest: [h, w]."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(bits.astype(np.uint8), connectivity=8)
    sizes = stats[:, cv2.CC_STAT_AREA]
    large = sizes >= CRUMB * sizes[1:].max(initial=0)
    large[0] = False
    return np.asarray(large[parts], dtype=np.bool_) if count > 1 else bits


def without_pinholes(bits: Bits, free: Bits) -> Bits:
    """Fill enclosed holes of nobody's (`free`) smaller than a small share of the mask: [h, w]."""
    _, parts, stats, _ = cv2.connectedComponentsWithStats((~bits).astype(np.uint8), connectivity=4)
    height, width = bits.shape
    left, top, wide, high, sizes = (stats[:, column] for column in range(5))
    enclosed = (left > 0) & (top > 0) & (left + wide < width) & (top + high < height)
    small = enclosed & (sizes < PINHOLE * bits.sum())
    small[0] = False
    return np.asarray(bits | (small[parts] & free), dtype=np.bool_)


def _center(bits: Bits) -> tuple[float, float]:
    rows, columns = np.nonzero(bits)
    return float(columns.mean()), float(rows.mean())
