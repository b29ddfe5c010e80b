"""Run an engine over a folder of pictures and report."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.engine.evaluation.coco import Truth
from scripts.engine.evaluation.contact_sheet import ContactSheet
from scripts.engine.evaluation.matching import Match, match
from scripts.engine.evaluation.scores import figures
from scripts.engine.pictures import decode
from scripts.engine.segmenter import Segmenter


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Figures of accuracy by name, and what the run cost."""

    accuracy: dict[str, float]
    median_seconds: float
    worst_seconds: float
    peak_megabytes: float

    def document(self) -> dict[str, float | None]:
        """All figures as JSON; what cannot be told from these pictures is null."""
        cost = {
            "median seconds": round(self.median_seconds, 3),
            "worst seconds": round(self.worst_seconds, 3),
            "peak MB": round(self.peak_megabytes, 1),
        }
        return {**rounded(self.accuracy), **cost}


def rounded(accuracy: Mapping[str, float]) -> dict[str, float | None]:
    """Figures as JSON: NaN, which it cannot say, becomes null."""
    return {
        name: round(value, 4) if value == value else None  # noqa: PLR0124  # NaN alone differs from itself
        for name, value in accuracy.items()
    }


def evaluate(engine: Segmenter, truths: Iterable[Truth], sheet: Path | None = None) -> Report:
    """Segment every picture and score the label maps; write a contact sheet if asked to."""
    matches: list[Match] = []
    seconds: list[float] = []
    contact = ContactSheet()
    for truth in truths:
        picture = decode(truth.picture.read_bytes())
        began = time.perf_counter()
        segmentation = engine.segment(picture)
        seconds.append(time.perf_counter() - began)
        matches.append(match(truth, segmentation))
        if sheet is not None and (truth.people or segmentation.people):
            contact.add(picture, truth, segmentation.label_map)
    peak = peak_megabytes()  # before the sheet is put together, which is no part of the engine
    if sheet is not None:
        contact.write(sheet)
    return Report(
        accuracy=figures(matches),
        median_seconds=statistics.median(seconds),
        worst_seconds=max(seconds),
        peak_megabytes=peak,
    )


def peak_megabytes() -> float:
    """The most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
