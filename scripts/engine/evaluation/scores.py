"""The figures of a report, from the matches of all pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scripts.engine.evaluation.matching import Match
from scripts.engine.evaluation.precision import (
    ALL,
    LARGE,
    MEDIUM,
    SMALL,
    THRESHOLDS,
    average_precision,
)

COUNTED = 32.0**2
HIT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class PanopticQuality:
    """Hits, misses and false people (at least 32 x 32 px), and the hits' summed overlap."""

    hits: int
    false: int
    missed: int
    overlap: float

    def quality(self) -> float:
        """PQ (Kirillov et al., CVPR 2019), 0..1; 0 where nothing is there to be counted."""
        weight = self.hits + 0.5 * self.false + 0.5 * self.missed
        return self.overlap / weight if weight else 0.0


def panoptic_quality(matches: Sequence[Match]) -> PanopticQuality:
    """Count over all pictures; people and predictions under 32 x 32 px are left aside."""
    parts = [_count(match) for match in matches]
    return PanopticQuality(
        hits=sum(part.hits for part in parts),
        false=sum(part.false for part in parts),
        missed=sum(part.missed for part in parts),
        overlap=sum(part.overlap for part in parts),
    )


def _count(match: Match) -> PanopticQuality:
    large = match.true_areas >= COUNTED
    hit = match.overlap > HIT
    counted = match.overlap[:, large].max(axis=0, initial=0.0)
    found = counted > HIT
    excused = hit.any(axis=1) | (match.in_crowd > HIT) | (match.areas < COUNTED)
    return PanopticQuality(
        hits=int(found.sum()),
        false=int((~excused).sum()),
        missed=int((~found).sum()),
        overlap=float(counted[found].sum()),
    )


def figures(matches: Sequence[Match]) -> dict[str, float]:
    """Every figure of accuracy by name; NaN where the pictures hold nothing of the kind."""
    best = np.concatenate([match.overlap.max(axis=0, initial=0.0) for match in matches])
    areas = np.concatenate([match.true_areas for match in matches])
    outlines = np.concatenate([match.boundary for match in matches])
    counted = areas >= COUNTED
    empty = [match for match in matches if not len(match.true_areas)]
    return {
        "AP": _mean([average_precision(matches, float(limit)) for limit in THRESHOLDS]),
        "AP50": average_precision(matches, HIT, ALL),
        "AP50 small": average_precision(matches, HIT, SMALL),
        "AP50 medium": average_precision(matches, HIT, MEDIUM),
        "AP50 large": average_precision(matches, HIT, LARGE),
        "mIoU": _mean(best[counted]),
        "PQ": panoptic_quality(matches).quality(),
        "boundary F": _mean(outlines[counted]),
        "pictures": len(matches),
        "people": len(areas),
        "pictures without people": len(empty),
        "false people there": sum(int((m.in_crowd <= HIT).sum()) for m in empty),
    }


def _mean(values: Sequence[float] | np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
