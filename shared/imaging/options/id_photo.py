"""Options of `id-photo`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from shared.imaging.options.choice import ALL, Choice, check_choice
from shared.imaging.options.colour import check_colour
from shared.imaging.options.id_sizes import SIZES, IdSize, size_named, studio_size
from shared.imaging.options.recipe_options import RecipeOptions

SHEETS: Final = {"5-inch": (127.0, 89.0), "6-inch": (152.0, 102.0), "a4": (297.0, 210.0)}
"""Papers to print on, mm."""
NO_SHEET: Final = "none"
_LEAST_PIXELS: Final = 32
_MOST_PIXELS: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class IdPhotoOptions(RecipeOptions):
    """`id-photo`: one picture per person, as an office wants it, and a sheet to print.

    `size` is a name of `id_sizes`, unless `width_mm` and `height_mm` say another. `dpi` 0 is the
    size's own. `background` runs down to `background_below` where that is given. `head` (crown to
    chin) and `top` (space over the crown) are shares of the height; 0 is the size's own rule.
    `least_kb` and `most_kb` bound the file, 0 is the size's own; `enlarge` is how many times
    larger than in the photograph a person may become. `sheet` is a paper, or `none`. Heads are
    where the embedded engine saw faces; other providers tell of none, and outlines say it.
    """

    recipe: ClassVar[str] = "id-photo"
    people: Choice = ALL
    size: str = "one-inch"
    width_mm: float = 0
    height_mm: float = 0
    dpi: int = 0
    background: str = "white"
    background_below: str = ""
    head: float = 0
    top: float = 0
    least_kb: int = 0
    most_kb: int = 0
    enlarge: float = 2
    sheet: str = "6-inch"

    def __post_init__(self) -> None:
        check_choice(self, "people")
        self._check_size()
        self._check_head()
        self._check_weight()
        check_colour(self, "background")
        if self.background_below:
            check_colour(self, "background_below")
        self.check_range("enlarge", 1, 8)
        self.check_word("sheet", NO_SHEET, *SHEETS)

    @property
    def id_size(self) -> IdSize:
        """The size that is meant."""
        if self.width_mm:
            return studio_size("custom", self.width_mm, self.height_mm, source="as asked for")
        found = size_named(self.size)
        if found is None:
            names = ", ".join(size.name for size in SIZES)
            remedy = f"Give one of {names}, or width_mm and height_mm."
            raise self.refuse("size", f"{self.size!r} is unknown", remedy)
        return found

    @property
    def resolution(self) -> int:
        """Pixels per inch."""
        return self.dpi or self.id_size.dpi

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.id_size.in_pixels(self.resolution)

    def _check_size(self) -> None:
        if bool(self.width_mm) != bool(self.height_mm):
            missing = "height_mm" if self.width_mm else "width_mm"
            raise self.refuse(missing, "one side is given, not the other", "Give both, or neither.")
        if self.width_mm:
            self.check_range("width_mm", 5, 300)
            self.check_range("height_mm", 5, 300)
        if self.dpi:
            self.check_whole("dpi", 72, 1200)
        if not all(_LEAST_PIXELS <= side <= _MOST_PIXELS for side in self.pixels):
            made = f"{self.pixels[0]} x {self.pixels[1]} px"
            remedy = f"Choose a dpi that makes sides of {_LEAST_PIXELS} to {_MOST_PIXELS} px."
            raise self.refuse("dpi", f"the picture would have {made}", remedy)

    def _check_head(self) -> None:
        if self.head:
            self.check_range("head", 0.2, 0.9)
        if self.top:
            self.check_range("top", 0.01, 0.5)
        if self.head and self.head + (self.top or 0) > 1:
            what = f"a head of {self.head} does not fit below a space of {self.top}"
            raise self.refuse("head", what, "Give shares whose sum is less than 1.")

    def _check_weight(self) -> None:
        for option in ("least_kb", "most_kb"):
            if getattr(self, option):
                self.check_whole(option, 1, 20_000)
        if self.most_kb and self.least_kb > self.most_kb:
            what = f"{self.least_kb} is more than most_kb"
            raise self.refuse("least_kb", what, f"Give {self.most_kb} or less.")
