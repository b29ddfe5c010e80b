"""Options of `erase-mask`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shared.imaging.options.choice import NOT_LARGEST, Choice, check_choice
from shared.imaging.options.recipe_options import RecipeOptions

_LONGEST_SIDE = 4096
"""The erase API's limit, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseMaskOptions(RecipeOptions):
    """`erase-mask`: what the erase API asks for beside the picture.

    `people` are those to erase. `dilation` widens each by a part (0..0.5) of the person's size,
    the square root of the area: shadows and soft edges go too. `width` and `height` are those of
    the picture that is sent to the API, in pixels; 0 and 0 mean the original's.
    """

    recipe: ClassVar[str] = "erase-mask"
    people: Choice = NOT_LARGEST
    dilation: float = 0.02
    width: int = 0
    height: int = 0

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check_choice(self, "people")
        self.check_range("dilation", 0, 0.5)
        self.check_whole("width", 0, _LONGEST_SIDE)
        self.check_whole("height", 0, _LONGEST_SIDE)
        if (self.width == 0) != (self.height == 0):
            raise self.refuse("height", "one side alone is no size", "Give both sides, or neither.")
