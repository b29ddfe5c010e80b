"""Options of `bokeh`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shared.imaging.options.choice import ALL, Choice, check_choice
from shared.imaging.options.picture import PictureOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class BokehOptions(PictureOptions):
    """`bokeh`: the chosen people sharp, all else as an open lens would draw it.

    `strength` is the radius of the disc that a point becomes, in thousandths of the picture's
    shorter side. `highlights` is how much brighter than white the lamps and reflections are that
    the photograph shows as white: 0 leaves them flat. `ground` keeps the floor at a standing
    person's feet sharper than what lies behind. `quality` is JPEG's, 1..100. `profile` and
    `metadata` are as in `people`.
    """

    recipe: ClassVar[str] = "bokeh"
    sharp: Choice = ALL
    strength: float = 18
    highlights: float = 2
    ground: bool = True
    quality: int = 92

    def __post_init__(self) -> None:
        PictureOptions.__post_init__(self)
        check_choice(self, "sharp")
        self.check_range("strength", 1, 60)
        self.check_range("highlights", 0, 3)
        self.check_flag("ground")
        self.check_whole("quality", 1, 100)
