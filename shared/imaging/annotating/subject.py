"""What all formats need to know: the people, their masks in their boxes, their outlines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.imaging.outlines import Part, trace
from shared.imaging.rle import coco_counts
from shared.imaging.runs import find_runs
from shared.imaging.scene import Person, Scene


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """A scene for annotation; `label` is what each person is called in it.

    `counts` are COCO's run lengths by the person's id.
    """

    scene: Scene
    label: str
    counts: Mapping[int, NDArray[np.int64]]

    def crop(self, person: Person) -> NDArray[np.bool_]:
        """The person's mask within the box."""
        x, y, width, height = person.box
        crop: NDArray[np.bool_] = self.scene.label_map[y : y + height, x : x + width] == person.id
        return crop

    def parts(self, person: Person) -> tuple[Part, ...]:
        """The person's outlines in pixels of the picture."""
        return trace(self.crop(person), *person.box[:2])


def subject_of(scene: Scene, label: str) -> Subject:
    """*scene* ready to be written in any format."""
    return Subject(scene=scene, label=label, counts=coco_counts(find_runs(scene.label_map)))
