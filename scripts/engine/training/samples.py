"""Training samples: what the engine itself would see of a picture, with the true masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from scripts.engine.arrays import Bits, Boxes
from scripts.engine.boxes import overlap
from scripts.engine.cues import SIDE, CueReader, Cues
from scripts.engine.detection import PersonDetector
from scripts.engine.fusion import context_of, planes_of
from scripts.engine.geometry import crop
from scripts.engine.pyramid import Pyramid
from scripts.engine.training.variation import Scene

SAME = 0.4
STRANGER = 0.3
SMALLEST = 300
MOST_STRANGERS = 3
JITTER = 0.07


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One person's box as the network sees it, with what it should answer.

    Attributes:
        planes: [13, SIDE, SIDE] float16, not normalised.
        context: [channels, CELLS, CELLS] float16.
        truth: [SIDE, SIDE] uint8, 0..255; empty where the box shows nobody.
        area: pixels of the true mask; 0 where the box shows nobody.
        jittered: whether the box was made from the truth, so that its quality means nothing.
    """

    planes: NDArray[np.float16]
    context: NDArray[np.float16]
    truth: NDArray[np.uint8]
    area: int
    jittered: bool


class SampleReader:
    """Runs the frozen networks on scenes."""

    def __init__(self, detector: PersonDetector, reader: CueReader) -> None:
        self._detector = detector
        self._reader = reader

    def __call__(self, scene: Scene, draw: Generator) -> Iterator[Sample]:
        """The samples of one scene: detections, boxes around the truth, and a few strangers."""
        picture = Pyramid(scene.picture)
        people = [self._reader(picture, detection) for detection in self._detector(picture)]
        owners = [_owner(cues.box, scene) for cues in people]
        strangers = 0
        for cues, owner in zip(people, owners, strict=True):
            if owner is None:
                strangers += 1
                if strangers > MOST_STRANGERS or _in_crowd(cues.box, scene.crowds):
                    continue
            elif scene.people[owner].sum() < SMALLEST:
                continue
            yield sample_of(cues, people, None if owner is None else scene.people[owner])
        yield from self._around_truth(scene, picture, people, owners, draw)

    def _around_truth(
        self,
        scene: Scene,
        picture: Pyramid,
        people: Sequence[Cues],
        owners: Sequence[int | None],
        draw: Generator,
    ) -> Iterator[Sample]:
        """One more box per person, made by shaking the true one."""
        for index, mask in enumerate(scene.people):
            if mask.sum() < SMALLEST:
                continue
            box = shaken(box_of(mask), mask.shape, draw)
            again = self._detector.look_again(picture, box, 0.6)
            if again is None:
                continue
            cues = self._reader(picture, replace(again, box=box))
            rivals = [other for other, owner in zip(people, owners, strict=True) if owner != index]
            sample = sample_of(cues, [cues, *rivals], mask)
            yield replace(sample, jittered=True)


def sample_of(cues: Cues, people: Sequence[Cues], mask: Bits | None) -> Sample:
    """The sample of one box."""
    truth = np.zeros((SIDE, SIDE), np.uint8)
    if mask is not None:
        truth = crop(Pyramid(mask.astype(np.uint8) * 255), cues.frame, SIDE)
    return Sample(
        planes=planes_of(cues, people).astype(np.float16),
        context=context_of(cues).astype(np.float16),
        truth=truth,
        area=0 if mask is None else int(mask.sum()),
        jittered=False,
    )


def box_of(mask: Bits) -> Boxes:
    """The box [4] of a mask that is not empty."""
    rows, columns = np.nonzero(mask)
    edges = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    return np.array(edges, np.float64)


def shaken(box: Boxes, shape: tuple[int, ...], draw: Generator) -> Boxes:
    """The box with its edges moved at random, within the picture."""
    sides = np.tile(box[2:] - box[:2], 2)
    moved = box + draw.normal(0.0, JITTER, 4) * sides
    limit = np.array([shape[1], shape[0], shape[1], shape[0]], np.float64)
    moved = np.clip(moved, 0.0, limit)
    moved[2:] = np.maximum(moved[2:], moved[:2] + 8)
    return moved


def _owner(box: Boxes, scene: Scene) -> int | None:
    """Whom the box shows, by the boxes' overlap; None where nobody."""
    seen = [(index, mask) for index, mask in enumerate(scene.people) if mask.any()]
    if not seen:
        return None
    shared = overlap(box, np.stack([box_of(mask) for _, mask in seen]))
    best = int(shared.argmax())
    return seen[best][0] if shared[best] > SAME else None


def _in_crowd(box: Boxes, crowds: Sequence[Bits]) -> bool:
    x0, y0, x1, y1 = np.round(box).astype(int)
    return any(float(np.mean(crowd[y0:y1, x0:x1])) > STRANGER for crowd in crowds)
