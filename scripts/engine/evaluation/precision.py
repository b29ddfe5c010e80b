"""COCO's average precision for one class, on matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.engine.evaluation.matching import Match, Table

Flags = NDArray[np.bool_]
THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0.0, 1.0, 101)
SMALL, MEDIUM, LARGE = (0.0, 32.0**2), (32.0**2, 96.0**2), (96.0**2, 1e10)
ALL = (0.0, 1e10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Every prediction of one picture: its score, whether it is right, whether it is ignored."""

    scores: Table
    right: Flags
    ignored: Flags
    wanted: int


def average_precision(
    matches: Sequence[Match], threshold: float, sizes: tuple[float, float] = ALL
) -> float:
    """Area under the interpolated precision-recall curve at 101 recalls.

    Follows the COCO protocol: best scores choose first, a prediction takes the person it overlaps
    most; people outside `sizes`, crowds, and unmatched predictions outside `sizes` are ignored.
    NaN where no person is within `sizes`.
    """
    verdicts = [judge(match, threshold, sizes) for match in matches]
    wanted = sum(verdict.wanted for verdict in verdicts)
    if not wanted:
        return float("nan")
    scores = np.concatenate([verdict.scores for verdict in verdicts])
    right = np.concatenate([verdict.right for verdict in verdicts])
    counted = ~np.concatenate([verdict.ignored for verdict in verdicts])
    order = np.argsort(-scores[counted], kind="mergesort")
    hits = np.cumsum(right[counted][order])
    recall = hits / wanted
    precision = hits / np.arange(1, len(hits) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, RECALLS, side="left")
    padded = np.append(precision, 0.0)
    return float(padded[np.minimum(places, len(precision))].mean())


def judge(match: Match, threshold: float, sizes: tuple[float, float]) -> Verdicts:
    """Match one picture's predictions with its people."""
    outside = _outside(match.true_areas, sizes)
    order = np.argsort(-match.scores, kind="mergesort")
    right, ignored = np.zeros(len(order), np.bool_), np.zeros(len(order), np.bool_)
    free = np.ones(len(match.true_areas), np.bool_)
    for place in order:
        chosen = _chosen(match.overlap[place], free, outside, threshold)
        if chosen is None:
            in_crowd = match.in_crowd[place] >= threshold
            ignored[place] = in_crowd or _outside(match.areas[[place]], sizes)[0]
            continue
        free[chosen] = False
        right[place], ignored[place] = not outside[chosen], outside[chosen]
    return Verdicts(
        scores=match.scores[order],
        right=right[order],
        ignored=ignored[order],
        wanted=int((~outside).sum()),
    )


def _chosen(overlap: Table, free: Flags, outside: Flags, threshold: float) -> int | None:
    """The person that a prediction is matched with: of the wanted size if any, else any."""
    for group in (free & ~outside, free & outside):
        if group.any():
            best = int(np.where(group, overlap, -1.0).argmax())
            if overlap[best] >= min(threshold, 1 - 1e-10):
                return best
    return None


def _outside(areas: Table, sizes: tuple[float, float]) -> Flags:
    return np.asarray((areas < sizes[0]) | (areas > sizes[1]), dtype=np.bool_)
