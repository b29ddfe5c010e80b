"""Options of recipes whose pictures show the photograph's own pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shared.imaging.options.recipe_options import RecipeOptions

SRGB: Final = "srgb"
KEEP: Final = "keep"
NO_METADATA: Final = "none"
WITHOUT_PLACE: Final = "no-gps"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOptions(RecipeOptions):
    """`profile` is `srgb`, or `keep` for the photo's own numbers and colour profile; `metadata` is
    what is carried over of the camera's: `none`, `no-gps` or `keep`.
    """

    profile: str = SRGB
    metadata: str = NO_METADATA

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        self.check_word("profile", SRGB, KEEP)
        self.check_word("metadata", NO_METADATA, WITHOUT_PLACE, KEEP)

    @property
    def keeps_profile(self) -> bool:
        """As `profile` says."""
        return self.profile == KEEP

    @property
    def kept_metadata(self) -> str:
        """As `metadata` says."""
        return self.metadata
