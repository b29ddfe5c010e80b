"""Where people's faces and shoulders are, as far as an engine tells; DashScope does not.

The document is JSON, as `scripts/engine/landmarks.py` writes it:

    {"width": 1400, "height": 800,
     "people": [{"id": 1, "landmarks": {"left_eye": [430.2, 215.8], "mouth_left": …}}]}

`id` is the person's number in the mask, whose size `width` and `height` are; points are (x, y) in
its pixels. Names that nobody here knows are left alone, and people without eyes and mouth too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.imaging.placing import is_unturned
from shared.imaging.turning import upright_point

LANDMARKS_LIMIT: Final = 1024 * 1024
"""Bytes of a document; of 255 people it has a tenth of that."""
_MOST_PEOPLE: Final = 255
_LONGEST_SIDE: Final = 1 << 16
_FARTHEST: Final = 4.0
"""How far outside of the picture a point may lie, in its sides: shoulders may be cut off."""

Point = tuple[float, float]
"""x, y in pixels."""


class LandmarksError(ValueError):
    """The document is not the one above; the text says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmarks:
    """Points (x, y) of a person in pixels of one picture; left and right are the person's own."""

    left_eye: Point
    right_eye: Point
    mouth: Point
    nose: Point | None = None
    left_shoulder: Point | None = None
    right_shoulder: Point | None = None

    def moved(self, move: Callable[[Point], Point]) -> Landmarks:
        """The same in another picture, where *move* tells the place of a point."""
        nose, left, right = self.nose, self.left_shoulder, self.right_shoulder
        return Landmarks(
            left_eye=move(self.left_eye),
            right_eye=move(self.right_eye),
            mouth=move(self.mouth),
            nose=None if nose is None else move(nose),
            left_shoulder=None if left is None else move(left),
            right_shoulder=None if right is None else move(right),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkSheet:
    """Faces by the provider's number of the person, in pixels of a mask of *width* and *height*."""

    width: int
    height: int
    people: Mapping[int, Landmarks]

    def on_picture(self, width: int, height: int, orientation: int) -> Mapping[int, Landmarks]:
        """The faces in pixels of the upright picture, which the mask was made of.

        They are turned where `fit_to_picture` turns the mask.
        """
        stored = (self.width, self.height)
        turned = is_unturned(stored, (width, height), orientation)
        size = stored[::-1] if turned else stored

        def move(point: Point) -> Point:
            x, y = upright_point(point, stored, orientation) if turned else point
            return x * width / size[0], y * height / size[1]

        return {number: each.moved(move) for number, each in self.people.items()}


def read_landmarks(data: bytes) -> LandmarkSheet:
    """The document in *data*. Raises LandmarksError."""
    if len(data) > LANDMARKS_LIMIT:
        raise LandmarksError(f"it is larger than {LANDMARKS_LIMIT >> 20} MB")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise LandmarksError("it is no JSON") from error
    if not isinstance(document, dict) or not isinstance(document.get("people"), list):
        raise LandmarksError("it has no list of people")
    width, height = _side(document, "width"), _side(document, "height")
    if len(document["people"]) > _MOST_PEOPLE:
        raise LandmarksError(f"it has more than {_MOST_PEOPLE} people")
    found = (_person(entry, max(width, height)) for entry in document["people"])
    people = {number: each for number, each in found if each is not None}
    return LandmarkSheet(width=width, height=height, people=people)


def _side(document: Mapping[str, Any], name: str) -> int:
    side = document.get(name)
    if type(side) is not int or not 0 < side <= _LONGEST_SIDE:
        raise LandmarksError(f"{name} must be that of the mask, in pixels")
    return side


def _person(entry: Any, side: int) -> tuple[int, Landmarks | None]:
    if not isinstance(entry, dict) or not isinstance(entry.get("landmarks"), dict):
        raise LandmarksError("a person has no landmarks")
    number = entry.get("id")
    if type(number) is not int or not 1 <= number <= _MOST_PEOPLE:
        raise LandmarksError(f"a person's id must be 1 to {_MOST_PEOPLE}")
    named = {name: _point(value, side) for name, value in entry["landmarks"].items()}
    left, right = named.get("mouth_left"), named.get("mouth_right")
    eyes = named.get("left_eye"), named.get("right_eye")
    if left is None or right is None or eyes[0] is None or eyes[1] is None:
        return number, None
    return number, Landmarks(
        left_eye=eyes[0],
        right_eye=eyes[1],
        mouth=((left[0] + right[0]) / 2, (left[1] + right[1]) / 2),
        nose=named.get("nose"),
        left_shoulder=named.get("left_shoulder"),
        right_shoulder=named.get("right_shoulder"),
    )


def _point(value: Any, side: int) -> Point:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - x and y
        raise LandmarksError("a landmark must be [x, y]")
    if not all(type(number) in {int, float} and math.isfinite(number) for number in value):
        raise LandmarksError("a landmark's x and y must be numbers")
    x, y = float(value[0]), float(value[1])
    if max(abs(x), abs(y)) > _FARTHEST * side:
        raise LandmarksError("a landmark lies far outside of the picture")
    return x, y
