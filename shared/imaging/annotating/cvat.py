"""CVAT for images 1.1: a `mask` per person, exact; run lengths row by row within the box."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

import numpy as np

from shared.imaging.annotating.subject import Subject
from shared.imaging.scene import Person

_VERSION: Final = "1.1"


def document(subject: Subject) -> bytes:
    """`annotations.xml` of one picture; `group_id` is the person's id."""
    scene = subject.scene
    root = ET.Element("annotations")
    ET.SubElement(root, "version").text = _VERSION
    task = ET.SubElement(ET.SubElement(root, "meta"), "task")
    label = ET.SubElement(ET.SubElement(task, "labels"), "label")
    ET.SubElement(label, "name").text = subject.label
    ET.SubElement(label, "attributes")
    size = {"width": str(scene.width), "height": str(scene.height)}
    image = ET.SubElement(root, "image", {"id": "0", "name": scene.name, **size})
    for person in scene.people:
        ET.SubElement(image, "mask", _mask(subject, person))
    ET.indent(root)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode").encode()


def _mask(subject: Subject, person: Person) -> dict[str, str]:
    x, y, width, height = person.box
    flat = subject.crop(person).ravel().view(np.int8)
    bounds = np.flatnonzero(np.diff(flat, prepend=0)).tolist()  # the first run is outside, maybe 0
    lengths = np.diff([0, *bounds, flat.size]).tolist()
    return {
        "label": subject.label,
        "source": "auto",
        "occluded": "0",
        "rle": ", ".join(map(str, lengths)),
        "left": str(x),
        "top": str(y),
        "width": str(width),
        "height": str(height),
        "z_order": "0",
        "group_id": str(person.id),
    }
