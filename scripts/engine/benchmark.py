"""How long an engine takes, where the time goes, and how much memory."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2

from scripts.engine.arrays import Rgb
from scripts.engine.errors import EngineError, UnreadablePictureError
from scripts.engine.evaluation.run import peak_megabytes
from scripts.engine.pictures import decode
from scripts.engine.segmenter import PersonSegmenter, Segmenter
from scripts.engine.timing import Timing, Watch

Figures = dict[str, float]
IMPORTS = """
import time
began = time.process_time()
import scripts.engine.segmenter, onnxruntime, ai_edge_litert.interpreter
print(time.process_time() - began)
"""
# What is done at the picture's own resolution only to follow its edges.
REFINEMENT = "refine"


def benchmark(build: Callable[[], Segmenter], photos: Sequence[Path], rounds: int) -> Figures:
    """Seconds to import and load, per photo and per part, ratios to bare inference, peak memory.

    The first segmentation of each photo is not counted. "CPU" are the seconds that this process
    had of a core: on a machine with others at work they tell more than the clock. Parts are means
    by the clock, per segmentation.

    Raises:
        EngineError: a photo cannot be read as a picture; the text names it.
        OSError: it cannot be opened.
    """
    cv2.setNumThreads(1)
    began = time.perf_counter()
    engine = build()
    loaded = time.perf_counter() - began
    timing, threads = Timing(), 1
    if isinstance(engine, PersonSegmenter):
        timing, threads = engine.timing, engine.threads
    parts = Parts()
    seconds: list[float] = []
    cpu_seconds: list[float] = []
    people = 0
    for photo in photos:
        picture = _decoded(photo)
        people += len(engine.segment(picture).people)
        timing.reset()
        for _ in range(rounds):
            spent = _timed(engine, picture)
            seconds.append(spent[0])
            cpu_seconds.append(spent[1])
        parts.add(timing)
    return {
        "import CPU seconds": round(import_seconds(), 3),
        "load seconds": round(loaded, 3),
        "median seconds": round(statistics.median(seconds), 3),
        "worst seconds": round(max(seconds), 3),
        "median CPU seconds": round(statistics.median(cpu_seconds), 3),
        "worst CPU seconds": round(max(cpu_seconds), 3),
        "photos": len(photos),
        "people": people,
        **parts.figures(seconds, threads),
        "peak MB": round(peak_megabytes(), 1),
    }


def _decoded(photo: Path) -> Rgb:
    try:
        return decode(photo.read_bytes())
    except UnreadablePictureError as error:
        raise EngineError(f"{photo}: {error}") from error


class Parts:
    """The seconds of stages and networks, added up over photos."""

    def __init__(self) -> None:
        self._stages: Figures = {}
        self._networks: Figures = {}

    def add(self, timing: Timing) -> None:
        """Add what was measured since the last reset."""
        _add(self._stages, timing.stages)
        _add(self._networks, timing.networks)

    def figures(self, seconds: Sequence[float], threads: int = 1) -> Figures:
        """Mean seconds by part, and the engine's seconds as multiples of its networks' own.

        On several threads the networks' seconds overlap, and a ratio would say nothing.
        """
        told = {f"{name} seconds": spent / len(seconds) for name, spent in self._stages.items()}
        told |= {f"bare {name} seconds": s / len(seconds) for name, s in self._networks.items()}
        bare, whole = sum(self._networks.values()), sum(seconds)
        if bare and threads == 1:
            refining = self._stages.get(REFINEMENT, 0.0)
            told["bare seconds"] = bare / len(seconds)
            told["ratio to bare"] = whole / bare
            told["ratio without refining"] = (whole - refining) / bare
        return {name: round(value, 3) for name, value in told.items()}


def _timed(engine: Segmenter, picture: Rgb) -> tuple[float, float]:
    """One segmentation's seconds by the clock, and of a core."""
    began = time.perf_counter(), time.process_time()
    engine.segment(picture)
    return time.perf_counter() - began[0], time.process_time() - began[1]


def _add(sums: Figures, watches: dict[str, Watch]) -> None:
    for name, watch in watches.items():
        sums[name] = sums.get(name, 0.0) + watch.seconds


def import_seconds() -> float:
    """How long a fresh process takes to import the engine and its runtimes."""
    command = [sys.executable, "-c", IMPORTS]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=True)  # noqa: S603  # our own words
    return float(done.stdout)
