"""Options of `people`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shared.imaging.options.picture import PictureOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleOptions(PictureOptions):
    """`people`: a mask and a cut-out of each person.

    `margin` is added around the person's box, as a part (0..1) of the box's longer side, as far
    as the picture reaches. `format` is `png`, or `webp` for a tenth of the bytes. `quality`
    (1..100) is WebP's; 100 means without loss. `refine` off leaves the mask's own hard edge.
    `profile` is `srgb`, or `keep` for the photo's own numbers and colour profile. `metadata` is
    what cut-outs carry of the camera's EXIF: `none`, `no-gps` (nor owner and serial numbers) or
    `keep`.
    """

    recipe: ClassVar[str] = "people"
    margin: float = 0.0
    format: str = "png"
    quality: int = 90
    refine: bool = True

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        PictureOptions.__post_init__(self)
        self.check_range("margin", 0, 1)
        self.check_word("format", "png", "webp")
        self.check_whole("quality", 1, 100)
        self.check_flag("refine")
