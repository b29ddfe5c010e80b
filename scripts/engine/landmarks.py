"""Where a person's face and shoulders are, as far as BlazePose sees them, and as programs read it.

The document that travels beside a task's mask (`output_landmarks`; its readers go by
`shared/imaging/landmarks.py`):

    {"width": 1400, "height": 800,
     "people": [{"id": 1, "landmarks": {"nose": [412.5, 233.1], "left_eye": [430.2, 215.8], …}}]}

`id` is the person's value in the mask, whose size `width` and `height` are; points are (x, y) in
its pixels, (0, 0) its upper left corner. Left and right are the person's own. What is not seen is
left out. DashScope has nothing like it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from scripts.engine.pose import Pose

PLACES: Final[Mapping[str, int]] = {
    "nose": 0,
    "left_eye": 2,
    "right_eye": 5,
    "left_ear": 7,
    "right_ear": 8,
    "mouth_left": 9,
    "mouth_right": 10,
    "left_shoulder": 11,
    "right_shoulder": 12,
}
"""BlazePose's numbers of those that are told."""
SEEN: Final = 0.5

Landmarks = Mapping[str, tuple[float, float]]
"""Points (x, y) in pixels, by the names of PLACES; empty where nothing is known."""


def landmarks_of(pose: Pose) -> Landmarks:
    """The points that are more likely seen than not; none where nobody is sure to be there."""
    if pose.presence <= SEEN:
        return {}
    return {
        name: (float(pose.points[place, 0]), float(pose.points[place, 1]))
        for name, place in PLACES.items()
        if pose.visible[place] > SEEN
    }


def enlarged(landmarks: Sequence[Landmarks], across: float, down: float) -> list[Landmarks]:
    """The same points in a picture that is *across* times as wide and *down* times as high."""
    return [{name: (x * across, y * down) for name, (x, y) in each.items()} for each in landmarks]


def document_of(size: tuple[int, int], people: Mapping[int, Landmarks]) -> bytes:
    """The document above, of people by id in a mask of that size (width, height).

    Empty bytes where nobody has a landmark.
    """
    if not any(people.values()):
        return b""
    told = [{"id": number, "landmarks": landmarks} for number, landmarks in people.items()]
    return json.dumps({"width": size[0], "height": size[1], "people": told}).encode()
