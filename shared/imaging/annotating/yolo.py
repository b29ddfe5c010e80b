"""YOLO segmentation labels: a line per person, class and polygon in parts of width and height.

Readers draw these polygons with OpenCV, which paints the corners' own pixels too. So the corners
lie on the outermost pixels of the mask, and what is painted is the mask. A line is one polygon:
holes and further parts hang on it by a seam, which between parts paints a pixel's width.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.imaging.annotating.subject import Subject
from shared.imaging.outlines import joined

_WITHIN: Final = 0.25
"""Where in its pixel a corner lies: some readers round to whole pixels, others cut."""


def labels(subject: Subject) -> bytes:
    """The lines of all people; the one class is 0."""
    size = np.array([subject.scene.width, subject.scene.height])
    lines = []
    for person in subject.scene.people:
        loops = [
            loop.pixels for part in subject.parts(person) for loop in (part.outer, *part.holes)
        ]
        places = (joined(loops) + _WITHIN) / size
        lines.append("0 " + " ".join(f"{place:.7f}" for place in places.ravel().tolist()))
    return "".join(f"{line}\n" for line in lines).encode()


def classes(subject: Subject) -> bytes:
    """The names of the classes, a line each."""
    return f"{subject.label}\n".encode()
