"""How long an engine takes, and how much memory."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2

from scripts.engine.arrays import Rgb
from scripts.engine.errors import EngineError, UnreadablePictureError
from scripts.engine.evaluation.run import peak_megabytes
from scripts.engine.pictures import decode
from scripts.engine.segmenter import Segmenter


def benchmark(
    build: Callable[[], Segmenter], photos: Sequence[Path], rounds: int
) -> dict[str, float]:
    """Seconds to load, median and worst seconds per photo, people found, peak memory.

    The first segmentation of each photo is not counted.

    Raises:
        EngineError: a photo cannot be read as a picture; the text names it.
        OSError: it cannot be opened.
    """
    cv2.setNumThreads(1)
    began = time.perf_counter()
    engine = build()
    loaded = time.perf_counter() - began
    seconds: list[float] = []
    people = 0
    for photo in photos:
        picture = _decoded(photo)
        people += len(engine.segment(picture).people)
        for _ in range(rounds):
            began = time.perf_counter()
            engine.segment(picture)
            seconds.append(time.perf_counter() - began)
    return {
        "load seconds": round(loaded, 3),
        "median seconds": round(statistics.median(seconds), 3),
        "worst seconds": round(max(seconds), 3),
        "photos": len(photos),
        "people": people,
        "peak MB": round(peak_megabytes(), 1),
    }


def _decoded(photo: Path) -> Rgb:
    try:
        return decode(photo.read_bytes())
    except UnreadablePictureError as error:
        raise EngineError(f"{photo}: {error}") from error
