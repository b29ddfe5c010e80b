"""The engine as one callable: a picture in, a label map and its people out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np

from scripts.engine.arrays import LabelMap, Rgb
from scripts.engine.cues import SURE, SURE_IN_CROWD, CueReader, Cues
from scripts.engine.detection import Detection, PersonDetector
from scripts.engine.fusion import CROWD, Fused, Fusion
from scripts.engine.label_map import Candidate, Region, compose
from scripts.engine.landmarks import Landmarks, enlarged
from scripts.engine.pyramid import Pyramid
from scripts.engine.refinement import brightness, paste, refine
from scripts.engine.threads import Threads, useful_threads
from scripts.engine.timing import Timing

LARGEST_SIDE = 1600
MOST_CANDIDATES = 40
SMALLEST_BOX = 8
LEAST_CONFIDENCE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person of a picture.

    Attributes:
        id: the person's value in the label map, 1..N from left to right.
        score: 0..1.
        box: x, y, width, height of the mask in pixels.
        area: pixels of the mask.
        landmarks: where face and shoulders are, in the picture's pixels; empty where unknown.
    """

    id: int
    score: float
    box: tuple[int, int, int, int]
    area: int
    landmarks: Landmarks = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmentation:
    """A label map [h, w] (uint8, 0 background, 1..N) of the picture's size, and its people."""

    label_map: LabelMap
    people: tuple[Person, ...]


class Segmenter(Protocol):
    """Any engine."""

    def segment(self, picture: Rgb) -> Segmentation:
        """Segment the people of an RGB picture [h, w, 3] (uint8)."""


class PersonSegmenter:
    """Detection, per-person cues, fusion, refinement and the label map, one after another.

    Deterministic: the same picture gives the same answer, on however many threads. Pictures with a
    side above LARGEST_SIDE are worked on at that size, and the label map is brought back.
    """

    def __init__(
        self,
        *,
        detector: PersonDetector,
        reader: CueReader,
        fusion: Fusion,
        timing: Timing | None = None,
        threads: int | None = None,
    ) -> None:
        """Join the parts; `threads` work on a picture's people, the useful number unless told."""
        self.timing = timing or Timing()
        self._detector = detector
        self._reader = reader
        self._fusion = fusion
        self.threads = threads or useful_threads()
        self._each = Threads(self.threads)

    def segment(self, picture: Rgb) -> Segmentation:
        """See Segmenter; sides up to 4096 are meant."""
        height, width = picture.shape[:2]
        factor = LARGEST_SIDE / max(height, width)
        if factor >= 1:
            return described(*self._work(picture))
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        labels, regions, landmarks = self._work(small)
        grown = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
        points = enlarged(landmarks, width / size[0], height / size[1])
        return described(np.asarray(grown, dtype=np.uint8), regions, points)

    def detect(self, picture: Pyramid) -> list[Detection]:
        """The people who are worth a closer look, best first."""
        found = self._detector(picture, MOST_CANDIDATES, self._each)
        return [one for one in found if min(one.box[2:] - one.box[:2]) > SMALLEST_BOX]

    def read(self, picture: Pyramid) -> list[Cues]:
        """The cues of everyone who is detected."""
        with self.timing.stage("detect"):
            found = self.detect(picture)
        sure = SURE_IN_CROWD if len(found) >= CROWD else SURE
        with self.timing.stage("read"):
            return self._each(lambda one: self._reader(picture, one, sure), found)

    def _work(self, picture: Rgb) -> tuple[LabelMap, list[Region], list[Landmarks]]:
        people = self.read(Pyramid(picture))
        if not people:
            return np.zeros(picture.shape[:2], np.uint8), [], []
        with self.timing.stage("fuse"):
            masks = self._fusion(people, self._each)
        with self.timing.stage("refine"):
            candidates = refined(picture, people, masks)
        with self.timing.stage("compose"):
            labels, regions = composed(candidates, picture)
        return labels, regions, [people[region.candidate].landmarks for region in regions]


def refined(picture: Rgb, people: list[Cues], masks: list[Fused]) -> list[Candidate]:
    """The masks brought to the picture's resolution and pulled to its edges."""
    grey = brightness(picture)
    return [
        Candidate(
            patch=refine(paste(fused.mask, cues.frame, picture.shape), grey, cues.frame),
            score=(fused.quality * cues.score) ** 0.5,
        )
        for cues, fused in zip(people, masks, strict=True)
    ]


def composed(candidates: list[Candidate], picture: Rgb) -> tuple[LabelMap, list[Region]]:
    """The candidates who stay, in a label map of the picture's size."""
    return compose(candidates, (picture.shape[0], picture.shape[1]), LEAST_CONFIDENCE)


def described(
    labels: LabelMap, regions: list[Region], landmarks: Sequence[Landmarks] = ()
) -> Segmentation:
    """The label map with its people's boxes and areas measured on it.

    `landmarks` are parallel to `regions`; an engine that knows none leaves them out.
    """
    people = []
    for number, region in enumerate(regions, start=1):
        bits = (labels == number).astype(np.uint8)
        x, y, wide, high = cv2.boundingRect(bits)
        people.append(
            Person(
                id=number,
                score=round(min(1.0, region.confidence), 4),
                box=(int(x), int(y), int(wide), int(high)),
                area=int(bits.sum()),
                landmarks=landmarks[number - 1] if landmarks else {},
            )
        )
    return Segmentation(label_map=labels, people=tuple(people))
