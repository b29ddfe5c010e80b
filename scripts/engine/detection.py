"""Where people are: EfficientDet-Lite0 on the whole picture, on tiles, and closer up.

Detection has two steps. Proposals come from the whole picture and from overlapping tiles, with a
low threshold. Each is then looked at again in two squares around it, where the person has about the
size that the network was trained on: the three looks agree on one box and one score.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.engine.anchors import SIDE, anchors, decode_boxes
from scripts.engine.arrays import Affine, Boxes, Plane, Rgb
from scripts.engine.boxes import overlap, suppress
from scripts.engine.networks import Network
from scripts.engine.pyramid import Pyramid, Window
from scripts.engine.threads import Each, in_turn

GREY = 127
PERSON = 0
OUTPUT_SHAPES = ((19206, 90), (19206, 4))
# The names of the pyramid's last two fine levels, as the converter composed them.
_FUSED_NAME = (
    "{0}/bn/FusedBatchNormV3;{0}/conv/BiasAdd/ReadVariableOp;{0}/conv/BiasAdd;"
    "class_net/class-predict/separable_conv2d_4/depthwise;{0}/conv/separable_conv2d"
)
FEATURES = (
    _FUSED_NAME.format("fpn_cells/cell_2/fnode3/op_after_combine8"),
    _FUSED_NAME.format("fpn_cells/cell_2/fnode4/op_after_combine9"),
)
TILE_OVERLAP = 1.35
TILED_FROM = 400
BORDER = 4
CLOSE, WIDE = 1.4, 1.9
AGREEMENT = 0.4
FAINT = 0.03
CERTAIN_LOSS = 0.05
DUPLICATE = 0.55

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One person who may be there.

    Attributes:
        box: [4] within the picture.
        score: 0..1, the mean of the three looks.
        scores: each look's own score: proposal, close, wide.
        features: what the network computed in the close look, [cells, cells, channels] each;
            empty where the runtime does not tell.
        region: the map from the picture to the close look's SIDE x SIDE pixels.
    """

    box: Boxes
    score: float
    scores: tuple[float, float, float]
    features: tuple[Plane, ...]
    region: Affine


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    boxes: Boxes
    scores: Scores
    features: tuple[Plane, ...]
    region: Affine


class PersonDetector:
    """Finds people."""

    def __init__(self, network: Network, *, proposing: float = 0.15, least: float = 0.25) -> None:
        self._network = network
        self._proposing = proposing
        self._least = least
        self._anchors = anchors()

    def __call__(self, picture: Pyramid, most: int = 40, each: Each = in_turn) -> list[Detection]:
        """The people of a picture [h, w, 3], best first, at most `most` of them."""
        boxes, scores = self.propose(picture)

        def look(index: int) -> Detection | None:
            return self.look_again(picture, boxes[index], float(scores[index]))

        seen = each(look, range(min(most, len(boxes))))
        looked = [one for one in seen if one is not None and one.score >= self._least]
        if not looked:
            return []
        places = np.stack([detection.box for detection in looked])
        kept = suppress(places, np.array([detection.score for detection in looked]), DUPLICATE)
        return [looked[index] for index in kept[:most]]

    def propose(self, picture: Pyramid) -> tuple[Boxes, Scores]:
        """Boxes [n, 4] from the whole picture and its tiles with scores [n], best first.

        Tiles see small people at twice the size; their boxes count a little less, and those that
        an inner edge of a tile has cut are left to the tile, or the whole picture, that sees all.
        """
        whole = self._look(picture, (0, 0, picture.shape[1], picture.shape[0]), self._proposing)
        found = [(whole.boxes, whole.scores)]
        if max(picture.shape[:2]) >= TILED_FROM:
            found += [self._look_at_tile(picture, tile) for tile in _tiles(picture.shape)]
        boxes = np.concatenate([boxes for boxes, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        kept = suppress(boxes, scores, DUPLICATE)
        return boxes[kept], scores[kept]

    def look_again(self, picture: Pyramid, box: Boxes, score: float) -> Detection | None:
        """Look at a proposal [4] closer up and agree on a box and a score.

        None where the close look says that the wide one would be wasted.
        """
        nearer = _square(box, CLOSE, picture.shape)
        close = self._look(picture, nearer, FAINT, box)
        again = _same(box, close)
        if score + 2 * again[1] < 3 * (self._least - CERTAIN_LOSS):
            return None
        window = _square(box, WIDE, picture.shape)
        wide = close if window == nearer else self._look(picture, window, FAINT, box)
        seen = [(box, score), again, _same(box, wide)]
        weights = np.array([weight for _, weight in seen])
        boxes = np.stack([place for place, _ in seen])
        return Detection(
            box=(boxes * weights[:, None]).sum(axis=0) / max(weights.sum(), 1e-9),
            score=float(weights.mean()),
            scores=(score, seen[1][1], seen[2][1]),
            features=close.features,
            region=close.region,
        )

    def _look_at_tile(self, picture: Pyramid, tile: Window) -> tuple[Boxes, Scores]:
        look = self._look(picture, tile, self._proposing + 0.05)
        height, width = picture.shape[:2]
        x0, y0, x1, y1 = tile
        cut = (look.boxes[:, 0] < x0 + BORDER) & (x0 > 0)
        cut |= (look.boxes[:, 1] < y0 + BORDER) & (y0 > 0)
        cut |= (look.boxes[:, 2] > x1 - BORDER) & (x1 < width)
        cut |= (look.boxes[:, 3] > y1 - BORDER) & (y1 < height)
        return look.boxes[~cut], look.scores[~cut] * 0.95

    def _look(
        self,
        picture: Pyramid,
        window: Window,
        threshold: float,
        around: Boxes | None = None,
    ) -> _Look:
        """Run the network on a window of the picture; only boxes `around` one, where it is given.

        Leaving the others out before suppression is what makes a crowd quick.
        """
        x0, y0, x1, y1 = window
        letterboxed, region = _letterbox(picture, window)
        classes, offsets, *features = self._network(letterboxed)
        scores = classes[:, PERSON].astype(np.float64)
        likely = np.flatnonzero(scores > threshold)
        boxes = decode_boxes(offsets[likely].astype(np.float64), self._anchors[likely])
        boxes = (boxes - np.tile(region[:, 2], 2)) / np.tile(region.diagonal(), 2)
        boxes = np.clip(boxes, [x0, y0, x0, y0], [x1, y1, x1, y1])
        if around is not None:
            near = overlap(around, boxes) > AGREEMENT
            boxes, likely = boxes[near], likely[near]
        kept = suppress(boxes, scores[likely], 0.6)
        return _Look(
            boxes=boxes[kept],
            scores=scores[likely][kept],
            features=tuple(features),
            region=region,
        )


def _letterbox(picture: Pyramid, window: Window) -> tuple[Rgb, Affine]:
    """Fit a window into the network's square, at the top left; the rest is grey. With the map."""
    fitted, region = picture.fitted(window, SIDE)
    square = np.full((SIDE, SIDE, 3), GREY, np.uint8)
    square[: fitted.shape[0], : fitted.shape[1]] = fitted
    return square, region


def _tiles(shape: tuple[int, ...]) -> Iterator[Window]:
    """Two by two overlapping tiles: x0, y0, x1, y1."""
    height, width = shape[:2]
    high, wide = int(height / 2 * TILE_OVERLAP), int(width / 2 * TILE_OVERLAP)
    for y0 in (0, height - high):
        for x0 in (0, width - wide):
            yield x0, y0, x0 + wide, y0 + high


def _square(box: Boxes, factor: float, shape: tuple[int, ...]) -> Window:
    """The square of `factor` times the longer side around a box, within the picture."""
    half = max(box[2] - box[0], box[3] - box[1], 8.0) * factor / 2
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    x0, y0 = max(0, round(x - half)), max(0, round(y - half))
    x1, y1 = min(shape[1], round(x + half)), min(shape[0], round(y + half))
    return x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)


def _same(box: Boxes, look: _Look) -> tuple[Boxes, float]:
    """The box of a look that shows the proposed person, with its score; 0 where none does."""
    if len(look.boxes):
        shared = overlap(box, look.boxes)
        best = int((shared * np.sqrt(look.scores)).argmax())
        if shared[best] > AGREEMENT:
            return look.boxes[best], float(look.scores[best])
    return box, 0.0
