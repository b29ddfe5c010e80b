"""From cues to one mask per person: a plain average, or the project's own network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scripts.engine.arrays import Plane, logistic, logit
from scripts.engine.cues import SIDE, Cues
from scripts.engine.geometry import transfer
from scripts.engine.networks import OnnxNetwork
from scripts.engine.threads import Each, in_turn
from scripts.engine.timing import Watch

Batch = NDArray[np.float32]
PROBABILITIES = slice(3, 10)
AVERAGE_SHARE = np.float32(0.4)
CROWD = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """One person's mask [SIDE, SIDE] in its frame, and how good it is believed to be, 0..1."""

    mask: Plane
    quality: float


class Fusion(Protocol):
    """Turns the cues of all people of a picture into masks."""

    def __call__(self, people: Sequence[Cues], each: Each = in_turn) -> list[Fused]:
        """One mask per person, in order."""


class AverageFusion:
    """The weighted mean of the networks' masks; needs no training."""

    def __call__(self, people: Sequence[Cues], each: Each = in_turn) -> list[Fused]:
        """See Fusion; the quality is the detector's score."""
        return list(each(lambda cues: Fused(mask=_mean(cues), quality=cues.score), people))


def _mean(cues: Cues) -> Plane:
    semantic = cues.semantics.person
    return ((2 * cues.pose_mask() + cues.selfie + semantic) / 4).astype(np.float32)


class LearnedFusion:
    """A small convolutional network that sees colours, cues, competitors and features.

    Its mask is mixed with the plain average: the network, trained on few people, is right more
    often, and the average is rarely far off (measured in cross-validation, see README).
    """

    def __init__(self, model: bytes | str, watch: Watch | None = None) -> None:
        self._network = OnnxNetwork(model, watch)

    def __call__(self, people: Sequence[Cues], each: Each = in_turn) -> list[Fused]:
        """See Fusion. Every person is seen twice, the second time mirrored; in a crowd once."""
        return list(each(lambda cues: self._fuse(cues, people), people))

    def _fuse(self, cues: Cues, people: Sequence[Cues]) -> Fused:
        planes, context = planes_of(cues, people), context_of(cues)
        views = slice(None, None if len(people) < CROWD else 1)
        masks, qualities = self._network(
            _both_ways(normalized(planes))[views], _both_ways(context)[views]
        )
        straight, back = logistic(masks[0, 0]), logistic(masks[-1, 0])
        if len(masks) > 1:
            back = back[:, ::-1]
        return Fused(
            mask=(1 - AVERAGE_SHARE) * (straight + back) / 2 + AVERAGE_SHARE * _mean(cues),
            quality=float(logistic(qualities).mean()),
        )


def planes_of(cues: Cues, people: Sequence[Cues]) -> Batch:
    """The network's thirteen planes of one person, not yet normalised: [13, SIDE, SIDE].

    Three colours; seven probabilities (three of BlazePose, selfie, DeepLab's person and
    background, the competitors); the skeleton, the picture's inside, the competitors' boxes.
    """
    claims, boxes = competition(cues, people)
    planes = [cues.near, cues.far, cues.upright, cues.selfie, cues.semantics.person]
    planes += [cues.semantics.background, claims, cues.skeleton, cues.inside, boxes]
    return np.concatenate([cues.colors.transpose(2, 0, 1), np.stack(planes)]).astype(np.float32)


def context_of(cues: Cues) -> Batch:
    """What the frozen networks computed inside: [channels, CELLS, CELLS]."""
    features = np.concatenate([cues.semantics.features, cues.looks], axis=-1)
    return np.ascontiguousarray(features.transpose(2, 0, 1), dtype=np.float32)


def competition(cues: Cues, people: Sequence[Cues]) -> tuple[Plane, Plane]:
    """How strongly others claim the pixels of this person's frame: masks and boxes [SIDE, SIDE].

    A claim weighs less where the other is the less certain of the two: it may well be a second,
    worse box around the same person.
    """
    claims = np.zeros((SIDE, SIDE), np.float32)
    boxes = np.zeros((SIDE, SIDE), np.float32)
    for other in people:
        if other is cues:
            continue
        weight = np.float32(min(1.0, other.score / max(cues.score, 1e-6)))
        claim = transfer(other.pose_mask(), other.frame, cues.frame, SIDE)
        claims = np.maximum(claims, weight * claim)
        x0, y0, x1, y1 = _corners(other, cues)
        boxes[y0:y1, x0:x1] = np.maximum(boxes[y0:y1, x0:x1], weight)
    return claims, boxes


def _corners(other: Cues, cues: Cues) -> tuple[int, int, int, int]:
    corners = other.box.reshape(2, 2) @ cues.frame[:, :2].T + cues.frame[:, 2]
    x0, y0, x1, y1 = np.clip(np.round(corners.ravel()), 0, SIDE).astype(int)
    return int(x0), int(y0), int(x1), int(y1)


def normalized(planes: Batch) -> Batch:
    """Centre the colours, turn probabilities to scaled logits: [..., 13, SIDE, SIDE], a copy."""
    planes = planes.copy()
    planes[..., :3, :, :] = (planes[..., :3, :, :] - 0.45) / 0.25
    planes[..., PROBABILITIES, :, :] = logit(planes[..., PROBABILITIES, :, :]) / 3
    return planes


def _both_ways(one: Batch) -> Batch:
    return np.ascontiguousarray(np.stack([one, one[..., ::-1]]))
