"""One picture's prediction against its truth, reduced to numbers that can be added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.engine.arrays import Bits
from scripts.engine.evaluation.boundary import boundary_f_score
from scripts.engine.evaluation.coco import Truth
from scripts.engine.segmenter import Segmentation

Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What scoring needs to know of one picture.

    Attributes:
        scores: [p] confidence per predicted person.
        areas: [p] pixels per predicted person.
        true_areas: [t] pixels per true person.
        overlap: [p, t] intersection over union.
        in_crowd: [p] the largest share of a prediction that lies in one crowd region.
        boundary: [t] boundary F-score of the prediction that overlaps most (0 without one).
    """

    scores: Table
    areas: Table
    true_areas: Table
    overlap: Table
    in_crowd: Table
    boundary: Table


def match(truth: Truth, segmentation: Segmentation) -> Match:
    """Compare one picture's label map with the truth."""
    labels = segmentation.label_map
    predicted = [labels == person.id for person in segmentation.people]
    shared = _intersections(predicted, truth.people)
    areas = np.array([bits.sum() for bits in predicted], np.float64)
    true_areas = np.array([bits.sum() for bits in truth.people], np.float64)
    union = areas[:, None] + true_areas[None, :] - shared
    overlap = shared / np.maximum(union, 1.0)
    crowd = _intersections(predicted, truth.crowds) / np.maximum(areas[:, None], 1.0)
    return Match(
        scores=np.array([person.score for person in segmentation.people], np.float64),
        areas=areas,
        true_areas=true_areas,
        overlap=overlap,
        in_crowd=crowd.max(axis=1, initial=0.0),
        boundary=np.array(
            [_boundary(predicted, bits, overlap[:, k]) for k, bits in enumerate(truth.people)]
        ),
    )


def _boundary(predicted: Sequence[Bits], truth: Bits, overlap: Table) -> float:
    if not predicted or overlap.max() <= 0.0:
        return 0.0
    return boundary_f_score(predicted[int(overlap.argmax())], truth)


def _intersections(some: Sequence[Bits], others: Sequence[Bits]) -> Table:
    """Shared pixels of every pair: [len(some), len(others)]."""
    if not some or not others:
        return np.zeros((len(some), len(others)))
    left = np.stack(some).reshape(len(some), -1).astype(np.float32)
    right = np.stack(others).reshape(len(others), -1).astype(np.float32)
    return np.asarray(left @ right.T, dtype=np.float64)
