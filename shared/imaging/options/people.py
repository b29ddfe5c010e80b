"""Options of `people`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shared.imaging.options.recipe_options import RecipeOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleOptions(RecipeOptions):
    """`people`: a mask and a cut-out of each person.

    `margin` is added around the person's box, as a part (0..1) of the box's longer side, as far
    as the picture reaches. `format` is `png`, or `webp` for a tenth of the bytes. `quality`
    (1..100) is WebP's; 100 means without loss. `refine` off leaves the mask's own hard edge.
    `profile` is `srgb`, or `keep` for the photo's own numbers and colour profile.
    """

    recipe: ClassVar[str] = "people"
    margin: float = 0.0
    format: str = "png"
    quality: int = 90
    refine: bool = True
    profile: str = "srgb"

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        self.check_range("margin", 0, 1)
        self.check_word("format", "png", "webp")
        self.check_whole("quality", 1, 100)
        self.check_flag("refine")
        self.check_word("profile", "srgb", "keep")

    @property
    def keeps_profile(self) -> bool:
        """As `profile` says."""
        return self.profile == "keep"
