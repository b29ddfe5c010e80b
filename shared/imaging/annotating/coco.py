"""COCO instances (cocodataset.org/#format-data): run lengths, which are exact, or polygons."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from shared.imaging.annotating.subject import Subject
from shared.imaging.outlines import joined
from shared.imaging.rle import coco_string
from shared.imaging.scene import Person


def with_runs(subject: Subject) -> bytes:
    """One compressed RLE per person: the mask to the pixel, holes and all."""
    return _document(subject, lambda person: _runs(subject, person))


def with_polygons(subject: Subject) -> bytes:
    """Polygons along the pixels' edges, one per part.

    COCO knows no holes; they hang on their outline by a seam of no width, which `pycocotools`
    draws to the identical mask.
    """
    return _document(subject, lambda person: _polygons(subject, person))


def _document(subject: Subject, segmentation: Callable[[Person], Any]) -> bytes:
    scene = subject.scene
    image = {"id": 1, "file_name": scene.name, "width": scene.width, "height": scene.height}
    category = {"id": 1, "name": subject.label, "supercategory": subject.label}
    annotations = [
        {
            "id": person.id,
            "image_id": 1,
            "category_id": 1,
            "segmentation": segmentation(person),
            "area": person.area,
            "bbox": list(person.box),
            "iscrowd": 0,
        }
        for person in scene.people
    ]
    whole = {"images": [image], "annotations": annotations, "categories": [category]}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _runs(subject: Subject, person: Person) -> Mapping[str, Any]:
    size = [subject.scene.height, subject.scene.width]
    return {"size": size, "counts": coco_string(subject.counts[person.id])}


def _polygons(subject: Subject, person: Person) -> list[list[int]]:
    return [
        joined([part.outer.points, *(hole.points for hole in part.holes)]).ravel().tolist()
        for part in subject.parts(person)
    ]
