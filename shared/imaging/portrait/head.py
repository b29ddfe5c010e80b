"""Where a person's head is: by landmarks where an engine gives some, else by the outline."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.landmarks import Landmarks, Point
from shared.imaging.portrait.dome import (
    HEIGHT_PER_WIDTH,
    WORKING_SIDE,
    Dome,
    best_dome,
    sizes,
)
from shared.imaging.scene import Box

LEAST_CERTAINTY: Final = 0.78
"""Below it an outline is as well a knee, a back or a person without a head."""
_SMALLEST_SHARE: Final = 0.065
_LARGEST_SHARE: Final = 0.72
"""Width of a head by the longer side of what is seen of its person."""
_COARSE: Final = 3
_FINER: Final = 1.25
"""The second look tries widths from 1/1.25 to 1.25 of the first's."""
_CHIN_PER_MOUTH: Final = 1.72
"""Eyes to chin by eyes to mouth; anthropometric means are 118 mm and 68 mm."""
_CROWN_PER_CHIN: Final = 1.05
"""Eyes to crown, hair included, by eyes to chin."""
_HALF: Final = 128
_CENTRAL: Final = 0.25
_BELOW_CHIN: Final = (0.1, 0.5)
_BESIDE: Final = (0.55, 0.95)
"""Where shoulders must be seen: below the chin in heights, beside the middle in widths."""
_SOME: Final = 0.3
_FRONTAL: Final = (0.45, 2.2)
"""Eye to eye by eyes to mouth: .9 from the front; of a face in profile, or none, anything."""
_SHOULDERED: Final = (2.2, 9.0)
"""Shoulder to shoulder by eyes to mouth: 5 from the front."""
_LEAST_FACE: Final = 4.0
"""Pixels from eyes to mouth, below which rounding decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A head in pixels of the upright picture; `centre` is its middle column.

    `certainty` is 0..1: how much the outline looks like a head upon shoulders; 1 where `by` is
    `landmarks` and not `outline`.
    """

    crown: float
    chin: float
    centre: float
    width: float
    certainty: float
    by: str = "outline"

    @property
    def height(self) -> float:
        """Crown to chin."""
        return self.chin - self.crown


def find_head(mask: NDArray[np.uint8], box: Box, landmarks: Landmarks | None = None) -> Head | None:
    """The head of the person in *mask* (255 the person, 0 not), or None.

    *mask* is cropped to *box* (x, y, width, height), whose place in the picture it tells. With
    *landmarks* the outline only tells where the hair ends; those that show no face from the
    front, or somebody else's, are not gone by, nor those far below the outline's end where that
    shows a head itself: an engine has then taken a chest for a face.
    """
    if landmarks is None or not _is_face(landmarks, mask, box):
        return _by_outline(mask, box)
    head = _by_landmarks(landmarks)
    upper, covered = _above_the_middle(head, mask, box)
    goes_on = upper > 0 and bool(covered.all())
    return (_by_outline(mask, box) if goes_on else None) or _with_crown(head, mask, box)


def _by_outline(mask: NDArray[np.uint8], box: Box) -> Head | None:
    head = _looked_for(mask, box, _share_sizes())
    if head.certainty < LEAST_CERTAINTY:
        return None
    head = _looked_at_again(mask, box, head)
    return _with_crown(head, mask, box) if _has_shoulders(head, mask, box) else None


def _share_sizes() -> tuple[float, ...]:
    return sizes(WORKING_SIDE * _SMALLEST_SHARE, WORKING_SIDE * _LARGEST_SHARE, every=_COARSE)


def _looked_for(mask: NDArray[np.uint8], box: Box, widths: tuple[float, ...]) -> Head:
    _, _, width, height = box
    scale = WORKING_SIDE / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    reduced = Image.fromarray(mask).resize(size, Image.Resampling.BOX)
    outline = np.asarray(reduced, np.float32) / np.float32(255)
    return _in_picture(best_dome(outline, widths), box, width / size[0], height / size[1])


def _in_picture(dome: Dome, box: Box, across: float, down: float) -> Head:
    middle = box[1] + dome.y * down
    return Head(
        crown=middle - dome.height * down / 2,
        chin=middle + dome.height * down / 2,
        centre=box[0] + dome.x * across,
        width=dome.width * across,
        certainty=dome.certainty,
    )


def _looked_at_again(mask: NDArray[np.uint8], box: Box, head: Head) -> Head:
    """The same head from nearby, where a working pixel is a thirtieth of it and not a tenth."""
    x, y, width, height = box
    left, right = (
        max(x, round(head.centre - 1.3 * head.width)),
        min(x + width, round(head.centre + 1.3 * head.width)),
    )
    upper = max(y, round(head.crown - 0.4 * head.height))
    lower = min(y + height, round(head.chin + 0.7 * head.height))
    near = (left, upper, right - left, lower - upper)
    scale = WORKING_SIDE / max(near[2:])
    widths = sizes(head.width * scale / _FINER, head.width * scale * _FINER)
    closer = _looked_for(mask[upper - y : lower - y, left - x : right - x], near, widths)
    return closer if closer.certainty >= LEAST_CERTAINTY else head


def _has_shoulders(head: Head, mask: NDArray[np.uint8], box: Box) -> bool:
    """Whether the body is wider than the head below it; a box or a leg is not."""
    x, y, width, height = box
    upper = round(head.chin + _BELOW_CHIN[0] * head.height) - y
    lower = min(height, round(head.chin + _BELOW_CHIN[1] * head.height) - y)
    if lower - upper < 1:
        return False  # nothing is seen below the chin
    edges = [
        min(width, max(0, round(head.centre + side * head.width) - x))
        for side in (-_BESIDE[1], -_BESIDE[0], *_BESIDE)
    ]
    rows = mask[max(0, upper) : lower] >= _HALF
    sides = (rows[:, edges[0] : edges[1]].sum(), rows[:, edges[2] : edges[3]].sum())
    whole = (lower - upper) * (_BESIDE[1] - _BESIDE[0]) * head.width
    return float(max(sides)) >= _SOME * whole


def _is_face(points: Landmarks, mask: NDArray[np.uint8], box: Box) -> bool:
    """Whether the points are those of a face from the front, and the person's whose mask it is."""
    eyes = _between(points.left_eye, points.right_eye)
    long = points.mouth[1] - eyes[1]
    if long < _LEAST_FACE or not all(_lies_on(mask, box, each) for each in (eyes, points.mouth)):
        return False
    if not _FRONTAL[0] <= math.dist(points.left_eye, points.right_eye) / long <= _FRONTAL[1]:
        return False
    between = sorted((points.left_eye[0], points.right_eye[0]))
    if points.nose is not None and not between[0] < points.nose[0] < between[1]:
        return False
    if points.left_shoulder is None or points.right_shoulder is None:
        return True
    wide = math.dist(points.left_shoulder, points.right_shoulder)
    above = _between(points.left_shoulder, points.right_shoulder)[1] > points.mouth[1]
    return above and _SHOULDERED[0] <= wide / long <= _SHOULDERED[1]


def _between(one: Point, other: Point) -> Point:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _lies_on(mask: NDArray[np.uint8], box: Box, point: Point) -> bool:
    column, row = math.floor(point[0]) - box[0], math.floor(point[1]) - box[1]
    inside = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]
    return inside and bool(mask[row, column] >= _HALF)


def _by_landmarks(points: Landmarks) -> Head:
    eyes = (points.left_eye[1] + points.right_eye[1]) / 2
    chin = eyes + _CHIN_PER_MOUTH * (points.mouth[1] - eyes)
    crown = eyes - _CROWN_PER_CHIN * (chin - eyes)
    centre = (points.left_eye[0] + points.right_eye[0] + points.mouth[0]) / 3
    width = (chin - crown) / HEIGHT_PER_WIDTH
    return Head(crown=crown, chin=chin, centre=centre, width=width, certainty=1.0, by="landmarks")


def _with_crown(head: Head, mask: NDArray[np.uint8], box: Box) -> Head:
    """*head* with its crown where the outline ends above its middle."""
    upper, covered = _above_the_middle(head, mask, box)
    if not covered.any():
        return head
    # Counted from below, so that a hand held above the head is not taken for its crown.
    free = np.flatnonzero(~covered)
    crown = box[1] + upper + (int(free[-1]) + 1 if free.size else 0)
    return replace(head, crown=float(crown))


def _above_the_middle(
    head: Head, mask: NDArray[np.uint8], box: Box
) -> tuple[int, NDArray[np.bool_]]:
    """Rows of *mask* from a quarter of a head above the crown down to the middle: the first one's
    number, and which of them the person covers.
    """
    x, y, width, height = box
    left = max(0, round(head.centre - _CENTRAL * head.width) - x)
    right = min(width, round(head.centre + _CENTRAL * head.width) - x)
    upper = max(0, round(head.crown - head.height / 4) - y)
    lower = min(height, round((head.crown + head.chin) / 2) - y)
    return upper, (mask[upper:lower, left:right] >= _HALF).mean(axis=1) >= _SOME
