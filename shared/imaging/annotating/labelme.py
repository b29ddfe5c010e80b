"""LabelMe: a shape of type `mask` per person (since LabelMe 5.3), exact with holes and parts."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

from shared.imaging.annotating.subject import Subject
from shared.imaging.png import encode_png
from shared.imaging.scene import Person

_VERSION: Final = "5.5.0"


def document(subject: Subject) -> bytes:
    """The file that LabelMe keeps beside the picture; `group_id` is the person's id."""
    scene = subject.scene
    whole: dict[str, Any] = {
        "version": _VERSION,
        "flags": {},
        "shapes": [_shape(subject, person) for person in scene.people],
        "imagePath": scene.name,
        "imageData": None,
        "imageHeight": scene.height,
        "imageWidth": scene.width,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _shape(subject: Subject, person: Person) -> dict[str, Any]:
    x, y, width, height = person.box
    crop = encode_png(subject.crop(person).view("uint8"))
    return {
        "label": subject.label,
        "points": [[x, y], [x + width - 1, y + height - 1]],
        "group_id": person.id,
        "description": "",
        "shape_type": "mask",
        "flags": {},
        "mask": base64.b64encode(crop).decode("ascii"),
    }
