"""Options of `erase`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shared.imaging.options.choice import NOT_LARGEST, Choice, check_choice
from shared.imaging.options.recipe_options import RecipeOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseOptions(RecipeOptions):
    """`erase`: the chosen people are erased by the provider, in a second paid call.

    `people` and `dilation` are those of `erase-mask`. `dilate_flag` lets the provider widen the
    mask once more, `fast_mode` takes about a quarter of the time, and `add_watermark` lets it
    write that the picture was generated (contracts/dashscope.md, 12.1).
    """

    recipe: ClassVar[str] = "erase"
    people: Choice = NOT_LARGEST
    dilation: float = 0.02
    dilate_flag: bool = True
    fast_mode: bool = False
    add_watermark: bool = False

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check_choice(self, "people")
        self.check_range("dilation", 0, 0.5)
        for flag in ("dilate_flag", "fast_mode", "add_watermark"):
            self.check_flag(flag)
