"""Options of `annotations`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from shared.imaging.options.recipe_options import RecipeOptions

FORMATS: Final = ("coco", "yolo", "labelme", "label-studio", "cvat")
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationsOptions(RecipeOptions):
    """`annotations`: the masks in the formats of annotation tools.

    `formats` are some of `coco`, `yolo`, `labelme`, `label-studio` and `cvat`; `label` is what a
    person is called in them (1 to 64 characters on one line).
    """

    recipe: ClassVar[str] = "annotations"
    formats: tuple[str, ...] = FORMATS
    label: str = "person"

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        names: object = self.formats
        if not isinstance(names, tuple) or not names or not set(names) <= set(FORMATS):
            remedy = f"Give some of {', '.join(FORMATS)}."
            raise self.refuse("formats", f"{self.formats!r} are not known", remedy)
        label: object = self.label
        if not isinstance(label, str) or not _is_name(label):
            raise self.refuse("label", f"{self.label!r} is no name", "Give a word, such as person.")


def _is_name(label: str) -> bool:
    return 0 < len(label) <= _LONGEST and label.isprintable() and bool(label.strip())
