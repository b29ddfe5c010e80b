"""From cues to one mask per person: a plain average, or the project's own network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scripts.engine.arrays import Plane, logistic, logit
from scripts.engine.cues import SIDE, Cues
from scripts.engine.geometry import transfer
from scripts.engine.networks import OnnxNetwork

COMPETITOR = 9


class Fusion(Protocol):
    """Turns the cues of all people of a picture into masks."""

    def __call__(self, people: Sequence[Cues]) -> NDArray[np.float32]:
        """One probability plane per person, in its own frame: [n, SIDE, SIDE]."""


class AverageFusion:
    """The weighted mean of the networks' masks; needs no training."""

    def __call__(self, people: Sequence[Cues]) -> NDArray[np.float32]:
        """See Fusion."""
        means = [(2 * cues.pose_mask() + cues.selfie + cues.semantic) / 4 for cues in people]
        return np.stack(means).astype(np.float32)


class LearnedFusion:
    """A small convolutional network that sees the colours, the cues and the competitor."""

    def __init__(self, model: bytes | str) -> None:
        self._network = OnnxNetwork(model)

    def __call__(self, people: Sequence[Cues]) -> NDArray[np.float32]:
        """See Fusion. Every person is seen twice, the second time mirrored."""
        inputs = normalized(np.stack([stacked(cues, competitor(cues, people)) for cues in people]))
        return np.concatenate([self._both_ways(one[None]) for one in inputs])

    def _both_ways(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        both = np.concatenate([batch, batch[..., ::-1]])
        answers = logistic(self._network(np.ascontiguousarray(both))[0][:, 0])
        count = len(batch)
        return np.asarray((answers[:count] + answers[count:, :, ::-1]) / 2, dtype=np.float32)


def competitor(cues: Cues, people: Sequence[Cues]) -> Plane:
    """How strongly any other person claims the pixels of this one's frame: [SIDE, SIDE]."""
    claims = np.zeros((SIDE, SIDE), np.float32)
    for other in people:
        if other is not cues:
            claim = transfer(other.pose_mask(), other.frame, cues.frame, SIDE)
            claims = np.maximum(claims, claim)
    return claims


def stacked(cues: Cues, claims: Plane) -> NDArray[np.float32]:
    """The network's eleven channels, not yet normalised: [11, SIDE, SIDE]."""
    planes = [cues.near, cues.far, cues.upright, cues.selfie, cues.semantic]
    planes += [cues.skeleton, claims, cues.inside]
    return np.concatenate([cues.colors.transpose(2, 0, 1), np.stack(planes)]).astype(np.float32)


def normalized(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Centre the colours and turn probabilities to scaled logits: [n, 11, SIDE, SIDE]."""
    inputs = inputs.copy()
    inputs[:, :3] = (inputs[:, :3] - 0.45) / 0.25
    inputs[:, 3:8] = logit(inputs[:, 3:8]) / 3
    inputs[:, COMPETITOR] = logit(inputs[:, COMPETITOR]) / 3
    return inputs
