"""`annotations`: the masks as annotation tools read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from shared.imaging.annotating import coco, cvat, label_studio, labelme, yolo
from shared.imaging.annotating.subject import Subject, subject_of
from shared.imaging.files import JSON, TEXT, XML, RenderedFile
from shared.imaging.options.annotations import AnnotationsOptions
from shared.imaging.scene import Scene

_Writer = Callable[[Subject], bytes]

_FILES: Final[Mapping[str, tuple[tuple[str, str, _Writer], ...]]] = {
    "coco": (
        ("coco.json", JSON, coco.with_runs),
        ("coco-polygons.json", JSON, coco.with_polygons),
    ),
    "yolo": (("yolo.txt", TEXT, yolo.labels), ("yolo-classes.txt", TEXT, yolo.classes)),
    "labelme": (("labelme.json", JSON, labelme.document),),
    "label-studio": (("label-studio.json", JSON, label_studio.tasks),),
    "cvat": (("cvat.xml", XML, cvat.document),),
}


def render(scene: Scene, options: AnnotationsOptions) -> Iterator[RenderedFile]:
    """`annotations/…`, the formats in the order of the options."""
    subject = subject_of(scene, options.label)
    for name in dict.fromkeys(options.formats):
        for file, media_type, write in _FILES[name]:
            data = write(subject)
            yield RenderedFile(name=f"annotations/{file}", media_type=media_type, data=data)
