"""A user's own engine: one function, found through the entry point group `maskline.engines`.

    [project.entry-points."maskline.engines"]
    mine = "my_package:segment"

The function takes a picture, uint8 [h, w, 3] (RGB), and answers a label map of its size: integers,
0 background, 1..N one value per person.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import numpy as np

from scripts.engine.arrays import Rgb
from scripts.engine.errors import EngineError
from scripts.engine.label_map import MOST_PEOPLE, Region, numbered
from scripts.engine.segmenter import Segmentation, described

GROUP = "maskline.engines"

Function = Callable[[Rgb], Any]


class OwnEngineError(EngineError):
    """A user's function answered something else than a label map."""


class OwnSegmenter:
    """Runs a user's function and checks what it answers."""

    def __init__(self, function: Function) -> None:
        self._function = function

    def segment(self, picture: Rgb) -> Segmentation:
        """See Segmenter; people are numbered anew from left to right, and have the score 1.

        Raises:
            OwnEngineError: the answer is no label map of the picture's size.
        """
        answer = np.asarray(self._function(picture))
        if answer.shape != picture.shape[:2] or answer.dtype.kind not in "iub":
            raise OwnEngineError(
                f"the engine answered {answer.dtype} {list(answer.shape)}, "
                f"not integers {list(picture.shape[:2])}"
            )
        values = [value for value in np.unique(answer) if value > 0]
        if len(values) > MOST_PEOPLE:
            raise OwnEngineError(f"the engine answered {len(values)} people; {MOST_PEOPLE} fit")
        regions = [
            Region(candidate=place, confidence=1.0, bits=np.asarray(answer == value))
            for place, value in enumerate(values)
        ]
        return described(*numbered(regions, (picture.shape[0], picture.shape[1])))


def own_engines() -> dict[str, EntryPoint]:
    """The engines that installed packages offer, by name; none is loaded yet."""
    return {point.name: point for point in entry_points(group=GROUP)}
