from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scripts.engine.arrays import Rgb
from scripts.engine.benchmark import Parts, benchmark
from scripts.engine.pictures import encode_png
from scripts.engine.segmenter import Person, Segmentation
from scripts.engine.timing import Timing


class Counted:
    """An engine that sees one person and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def segment(self, picture: Rgb) -> Segmentation:
        self.asked += 1
        labels = np.ones(picture.shape[:2], np.uint8)
        person = Person(id=1, score=0.9, box=(0, 0, 8, 8), area=64)
        return Segmentation(label_map=labels, people=(person,))


def test_each_photo_is_segmented_once_more_than_it_is_counted(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(encode_png(np.zeros((8, 8, 3), np.uint8)))
    engine = Counted()

    told = benchmark(lambda: engine, [photo, photo], 3)

    assert engine.asked == 2 * (1 + 3)
    assert (told["photos"], told["people"]) == (2, 2)
    assert told["worst seconds"] >= told["median seconds"] >= 0
    assert "ratio to bare" not in told


def test_ratios_are_of_the_networks_own_seconds() -> None:
    timing, parts = Timing(), Parts()
    timing.network("pose").seconds = 2.0
    timing.network("fusion").seconds = 1.0
    timing.stage("read").seconds = 3.0
    timing.stage("refine").seconds = 1.5

    parts.add(timing)
    told = parts.figures([3.0, 3.0])

    assert told["bare seconds"] == pytest.approx(1.5)
    assert told["ratio to bare"] == pytest.approx(2.0)
    assert told["ratio without refining"] == pytest.approx(1.5)
    assert told["read seconds"] == pytest.approx(1.5)


def test_a_reset_keeps_the_watches_that_an_engine_holds() -> None:
    timing = Timing()
    held = timing.network("pose")
    with held:
        pass

    timing.reset()

    assert (held.runs, held.seconds) == (0, 0.0)
    assert timing.network("pose") is held
